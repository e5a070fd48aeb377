//! What can be wrong with a text, and where.

use std::fmt;

/// Deepest nesting of containers that is read, in levels. Deeper input is [`ErrorKind::TooDeep`].
pub const MAX_DEPTH: usize = 512;

/// Longest input, in bytes: positions are kept in 32 bits.
pub const MAX_INPUT: usize = u32::MAX as usize - 16;

/// Most digits an integer may have; more is refused in strict mode and kept as text by repair (the default limit of
/// Python's own conversion, which guards against its quadratic cost).
pub const MAX_DIGITS: usize = 4300;

/// The kind of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Nothing but white space.
    Empty,
    /// The text ended inside a value.
    UnexpectedEnd,
    /// A character that cannot stand here.
    UnexpectedCharacter,
    /// A control character inside a string, unescaped.
    ControlCharacter,
    /// A backslash sequence that JSON does not know.
    BadEscape,
    /// Half of a surrogate pair.
    LoneSurrogate,
    /// A number that is not written as JSON writes numbers.
    BadNumber,
    /// A number no double and no integer of [`MAX_DIGITS`] digits can hold.
    NumberOutOfRange,
    /// More text after the value.
    TrailingText,
    /// Nested deeper than [`MAX_DEPTH`].
    TooDeep,
    /// Longer than [`MAX_INPUT`].
    TooLong,
    /// No JSON value found anywhere in the text.
    NoValue,
    /// The value found cannot be brought into the shape of the schema.
    SchemaMismatch,
}

/// An error with its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Error {
    /// What is wrong.
    pub kind: ErrorKind,
    /// Where, as a byte offset into the text.
    pub position: usize,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, position: usize) -> Self {
        Self { kind, position }
    }
}

impl ErrorKind {
    /// The kind in words.
    pub fn message(self) -> &'static str {
        match self {
            Self::Empty => "the text is empty",
            Self::UnexpectedEnd => "the text ends inside a value",
            Self::UnexpectedCharacter => "unexpected character",
            Self::ControlCharacter => "unescaped control character in a string",
            Self::BadEscape => "unknown escape sequence",
            Self::LoneSurrogate => "half of a surrogate pair",
            Self::BadNumber => "malformed number",
            Self::NumberOutOfRange => "number out of range",
            Self::TrailingText => "more text after the value",
            Self::TooDeep => "nested deeper than 512 levels",
            Self::TooLong => "longer than 4 GiB",
            Self::NoValue => "no JSON value found",
            Self::SchemaMismatch => "the value does not fit the schema",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.kind.message(), self.position)
    }
}

impl std::error::Error for Error {}
