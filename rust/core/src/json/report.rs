//! What was mended, and where.

/// One thing that was mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repair {
    /// What was mended.
    pub kind: RepairKind,
    /// Where, as a byte offset into the text.
    pub position: usize,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// The kinds of repair.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum RepairKind {
            $($(#[$doc])* $name,)*
        }

        impl RepairKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The stable name of the kind, in snake case.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

kinds! {
    /// Text around the value was left out.
    SurroundingText = "surrounding_text",
    /// One of several candidates was taken.
    ChosenCandidate = "chosen_candidate",
    /// Several values were gathered into a list.
    SeveralValues = "several_values",
    /// A comment was left out.
    Comment = "comment",
    /// White space that JSON does not know.
    OddSpace = "odd_space",
    /// A comma was missing.
    MissingComma = "missing_comma",
    /// A comma too many, or a semicolon for one.
    ExtraComma = "extra_comma",
    /// A colon was missing, or written otherwise.
    MissingColon = "missing_colon",
    /// A key had no value; null stands for it.
    MissingValue = "missing_value",
    /// A key at the end of the text had no value and was left out.
    DanglingKey = "dangling_key",
    /// A string had no opening or closing quote.
    MissingQuote = "missing_quote",
    /// A quote other than `"`, or a doubled or tripled one.
    OddQuote = "odd_quote",
    /// A quote inside a string was not escaped.
    InnerQuote = "inner_quote",
    /// A control character inside a string was not escaped.
    ControlCharacter = "control_character",
    /// An escape sequence that JSON does not know, or half of one.
    BadEscape = "bad_escape",
    /// Half of a surrogate pair; U+FFFD stands for it.
    LoneSurrogate = "lone_surrogate",
    /// A key or string without quotes.
    Unquoted = "unquoted",
    /// A Python or JavaScript literal.
    Literal = "literal",
    /// A number in a spelling that JSON does not know.
    Number = "number",
    /// A closing bracket was missing.
    MissingCloser = "missing_closer",
    /// A closing bracket too many, or of the wrong kind.
    ExtraCloser = "extra_closer",
    /// An opening bracket too many.
    ExtraOpener = "extra_opener",
    /// An opening bracket was missing.
    MissingOpener = "missing_opener",
    /// An ellipsis was left out.
    Ellipsis = "ellipsis",
    /// A tuple or set was read as an array.
    Tuple = "tuple",
    /// Strings were concatenated.
    Concatenation = "concatenation",
    /// A function call around a value was left out.
    Wrapper = "wrapper",
    /// A regular expression was read as a string.
    Regex = "regex",
    /// A code block was read as a string.
    CodeBlock = "code_block",
    /// Text inside a container that is no part of it was left out.
    StrayText = "stray_text",
    /// The text ended inside the value.
    Truncated = "truncated",
    /// A value was brought into the type of the schema.
    Coerced = "coerced",
    /// A key was renamed to the schema's.
    RenamedKey = "renamed_key",
    /// A value the schema asks for was filled in.
    FilledDefault = "filled_default",
}
