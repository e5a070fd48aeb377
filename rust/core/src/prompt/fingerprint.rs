//! A name for everything that can change an answer.
//!
//! SHA-256 (FIPS 180-4), its first 128 bits, over fields that each have their length before them (64 bits, little
//! endian), so that no two different prompts are written alike. The same for the same content, whatever process,
//! machine or version made it; [`FINGERPRINT_VERSION`] is hashed first and changes when the writing does.

use super::message::{Image, Message, Part};
use sha2::{Digest, Sha256};

/// The version of the way of writing.
pub const FINGERPRINT_VERSION: u64 = 1;

/// 128 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub [u8; 16]);

impl Fingerprint {
    /// 32 hexadecimal digits.
    pub fn hex(self) -> String {
        use std::fmt::Write as _;
        self.0.iter().fold(String::new(), |mut out, byte| {
            // Writing to a string does not fail.
            let _ = write!(out, "{byte:02x}");
            out
        })
    }
}

/// Hashes fields one after the other.
pub(crate) struct Fields(Sha256);

impl Fields {
    pub(crate) fn new(kind: &str) -> Self {
        let mut fields = Self(Sha256::new());
        fields.number(FINGERPRINT_VERSION);
        fields.text(kind);
        fields
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.update(text.as_bytes());
    }

    pub(crate) fn number(&mut self, number: u64) {
        self.0.update(number.to_le_bytes());
    }

    /// A field that may be missing, which is not the same as empty.
    pub(crate) fn option(&mut self, text: Option<&str>) {
        match text {
            None => self.number(u64::MAX),
            Some(text) => self.text(text),
        }
    }

    pub(crate) fn digest(&mut self, digest: [u8; 16]) {
        self.0.update(digest);
    }

    pub(crate) fn end(self) -> [u8; 16] {
        let mut short = [0; 16];
        for (to, from) in short.iter_mut().zip(self.0.finalize()) {
            *to = from;
        }
        short
    }
}

/// The digest of one message.
pub(crate) fn digest(message: &Message) -> [u8; 16] {
    let mut fields = Fields::new("message");
    fields.text(message.role.name());
    for part in &message.parts {
        match part {
            Part::Text(text) => {
                fields.text("text");
                fields.text(text);
            }
            Part::Reasoning { text, signature } => {
                fields.text("reasoning");
                fields.text(text);
                fields.option(signature.as_deref());
            }
            Part::Image(Image::Url(url)) => {
                fields.text("image_url");
                fields.text(url);
            }
            Part::Image(Image::Data { media_type, base64 }) => {
                fields.text("image_data");
                fields.text(media_type);
                fields.text(base64);
            }
            // Ids differ from run to run and say nothing: the order of calls and results does.
            Part::Call {
                name, arguments, ..
            } => {
                fields.text("call");
                fields.text(name);
                fields.text(arguments);
            }
            Part::Result {
                name,
                content,
                is_error,
                ..
            } => {
                fields.text("result");
                fields.text(name);
                fields.text(content);
                fields.number(u64::from(*is_error));
            }
        }
    }
    fields.end()
}
