//! Messages as the core keeps them.

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The application.
    System,
    /// The user.
    User,
    /// The model.
    Assistant,
    /// The tools, with the results of the calls before them.
    Tool,
}

impl Role {
    /// The role of that name.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "system" => Self::System,
            "user" => Self::User,
            "assistant" => Self::Assistant,
            "tool" => Self::Tool,
            _ => return None,
        })
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
        }
    }
}

/// An image: where it is, or what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Image {
    /// An address that the provider fetches.
    Url(String),
    /// The bytes, in base64 once and for all, and their media type.
    Data {
        /// Such as `image/png`.
        media_type: String,
        /// Standard base64 with padding.
        base64: String,
    },
}

impl Image {
    /// An image of its bytes.
    pub fn of_bytes(media_type: &str, bytes: &[u8]) -> Self {
        use base64::Engine as _;
        Self::Data {
            media_type: media_type.to_owned(),
            base64: base64::engine::general_purpose::STANDARD.encode(bytes),
        }
    }
}

/// A part of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Plain text.
    Text(String),
    /// What a model thought, with the provider's seal on it.
    Reasoning {
        /// The thought.
        text: String,
        /// The seal, to be sent back as it came.
        signature: Option<String>,
    },
    /// An image.
    Image(Image),
    /// A call that the model asked for.
    Call {
        /// Its id.
        id: String,
        /// The tool's name.
        name: String,
        /// The arguments: the text of a JSON object.
        arguments: String,
        /// The provider's seal on it, to be sent back as it came.
        signature: Option<String>,
    },
    /// What came of a call.
    Result {
        /// The id of the call.
        call_id: String,
        /// The tool's name.
        name: String,
        /// What the model is given.
        content: String,
        /// The call failed.
        is_error: bool,
    },
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said, in order.
    pub parts: Vec<Part>,
}

impl Message {
    /// A message of one text.
    pub fn text(role: Role, text: &str) -> Self {
        Self {
            role,
            parts: vec![Part::Text(text.to_owned())],
        }
    }

    /// The texts, joined.
    pub(crate) fn joined(&self) -> std::borrow::Cow<'_, str> {
        let mut texts = self.parts.iter().filter_map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            _ => None,
        });
        match (texts.next(), texts.next()) {
            (None, _) => "".into(),
            (Some(only), None) => only.into(),
            (Some(first), Some(second)) => {
                let mut all = [first, second].concat();
                all.extend(texts);
                all.into()
            }
        }
    }

    pub(crate) fn has_image(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Image(_)))
    }
}

/// The text of a call's arguments as it may be sent back: as the model wrote it where that is a JSON object, else
/// inside one, because servers that render a chat template read it and refuse the whole request where they cannot.
pub fn arguments_object(written: &str) -> String {
    if written.is_empty() {
        return "{}".to_owned();
    }
    let object = crate::json::parse_tape(written)
        .is_ok_and(|tape| matches!(tape.nodes.first(), Some(crate::json::Node::Object(_))));
    if object {
        return written.to_owned();
    }
    let mut out = String::from("{\"unreadable\":");
    crate::json::write_string(&mut out, written);
    out.push('}');
    out
}
