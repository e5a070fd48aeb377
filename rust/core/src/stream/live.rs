//! A JSON value while it is being written: every byte is read once, and told as steps that build the value.

use crate::json::{MAX_DEPTH, Value, parse_strict};

/// One step of building a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// An object begins.
    Object,
    /// An array begins.
    Array,
    /// The innermost container is whole.
    Close,
    /// The key of the next value.
    Key(String),
    /// A scalar, whole.
    Scalar(Value),
    /// What was built so far was no value after all.
    Restart,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the value: text is passed over.
    Seek,
    Value,
    /// A value, or the end of the array.
    Item,
    /// A key, or the end of the object.
    Key,
    Colon,
    After,
    String {
        key: bool,
    },
    Word,
    Done,
    /// It is no strict JSON: it has to be mended as a whole.
    Broken,
}

/// How much may have been read for a broken beginning to be taken for prose, in bytes.
const PROSE: usize = 64;

/// Reads one object or array out of a text that comes in pieces.
#[derive(Debug)]
pub struct Live {
    state: State,
    /// Whether each open container is an object.
    open: Vec<bool>,
    word: String,
    /// An escape under way: the characters after its backslash.
    escape: Option<String>,
    /// The first half of a surrogate pair.
    high: Option<u32>,
    read: usize,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            state: State::Seek,
            open: Vec::new(),
            word: String::new(),
            escape: None,
            high: None,
            read: 0,
        }
    }
}

impl Live {
    /// Take in more text.
    pub fn feed(&mut self, text: &str, steps: &mut Vec<Step>) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            match self.state {
                State::Done | State::Broken => return,
                State::String { key } => {
                    at = self.string(text, at, key, steps);
                    continue;
                }
                State::Word
                    if byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.') =>
                {
                    self.word.push(byte as char);
                }
                State::Word => {
                    let word = std::mem::take(&mut self.word);
                    match parse_strict(&word) {
                        Ok(value) => {
                            steps.push(Step::Scalar(value));
                            self.state = State::After;
                        }
                        Err(_) => self.fail(steps),
                    }
                    continue;
                }
                _ => self.mark(byte, steps),
            }
            self.read += 1;
            at += 1;
        }
    }

    /// The string value at the end that is still being written.
    pub fn tail(&self) -> Option<&str> {
        (self.state == State::String { key: false }).then_some(self.word.as_str())
    }

    /// It is no strict JSON from here on.
    pub fn broken(&self) -> bool {
        self.state == State::Broken
    }

    /// A value has begun.
    pub fn begun(&self) -> bool {
        self.state != State::Seek
    }

    /// A byte outside strings and words.
    fn mark(&mut self, byte: u8, steps: &mut Vec<Step>) {
        let opener = matches!(byte, b'{' | b'[');
        if self.state == State::Seek {
            if opener {
                self.read = 0;
                self.enter(byte, steps);
            }
            return;
        }
        match (self.state, byte) {
            (_, b' ' | b'\n' | b'\r' | b'\t') => {}
            (State::Value | State::Item, b'{' | b'[') if self.open.len() < MAX_DEPTH => {
                self.enter(byte, steps)
            }
            (State::Value | State::Item, b'"') => self.state = State::String { key: false },
            (State::Value | State::Item, b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => {
                self.word.push(byte as char);
                self.state = State::Word;
            }
            (State::Key, b'"') => self.state = State::String { key: true },
            (State::Colon, b':') => self.state = State::Value,
            (State::After, b',') => {
                let object = self.open.last() == Some(&true);
                self.state = if object { State::Key } else { State::Item };
            }
            (State::Item | State::After, b']') if self.open.last() == Some(&false) => {
                self.leave(steps)
            }
            (State::Key | State::After, b'}') if self.open.last() == Some(&true) => {
                self.leave(steps)
            }
            _ => self.fail(steps),
        }
    }

    fn enter(&mut self, byte: u8, steps: &mut Vec<Step>) {
        let object = byte == b'{';
        self.open.push(object);
        steps.push(if object { Step::Object } else { Step::Array });
        self.state = if object { State::Key } else { State::Item };
    }

    fn leave(&mut self, steps: &mut Vec<Step>) {
        self.open.pop();
        steps.push(Step::Close);
        self.state = if self.open.is_empty() {
            State::Done
        } else {
            State::After
        };
    }

    /// Prose with a bracket in it, or JSON that has to be mended.
    fn fail(&mut self, steps: &mut Vec<Step>) {
        if self.read > PROSE {
            self.state = State::Broken;
            return;
        }
        *self = Self::default();
        steps.push(Step::Restart);
    }

    /// Go on inside a string, to its end or the end of the text.
    fn string(&mut self, text: &str, from: usize, key: bool, steps: &mut Vec<Step>) -> usize {
        let bytes = text.as_bytes();
        let mut at = from;
        while let Some(&byte) = bytes.get(at) {
            if let Some(mut escape) = self.escape.take() {
                escape.push(byte as char);
                at += 1;
                if !byte.is_ascii() || !self.unescape(&escape) {
                    self.escape = None;
                    self.fail(steps);
                    // The rest of a character of several bytes is passed over.
                    while !text.is_char_boundary(at) {
                        at += 1;
                    }
                    return at;
                }
                continue;
            }
            match byte {
                b'"' => {
                    self.lone();
                    let string = std::mem::take(&mut self.word);
                    if key {
                        steps.push(Step::Key(string));
                        self.state = State::Colon;
                    } else {
                        steps.push(Step::Scalar(Value::String(string)));
                        self.state = State::After;
                    }
                    self.read += at + 1 - from;
                    return at + 1;
                }
                b'\\' => {
                    self.escape = Some(String::new());
                    at += 1;
                }
                _ => {
                    self.lone();
                    let rest = &bytes[at..];
                    let run = rest
                        .iter()
                        .position(|byte| matches!(byte, b'"' | b'\\'))
                        .unwrap_or(rest.len());
                    self.word
                        .push_str(text.get(at..at + run).unwrap_or_default());
                    at += run;
                }
            }
        }
        self.read += at - from;
        at
    }

    /// Half of a surrogate pair whose other half did not come.
    fn lone(&mut self) {
        if self.high.take().is_some() {
            self.word.push('\u{fffd}');
        }
    }

    /// One more character of an escape. False if it is none.
    fn unescape(&mut self, escape: &str) -> bool {
        if let Some(digits) = escape.strip_prefix('u') {
            if digits.len() < 4 {
                self.escape = Some(escape.to_owned());
                return digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            }
            let Ok(code) = u32::from_str_radix(digits, 16) else {
                return false;
            };
            match (self.high.take(), code) {
                (Some(high), 0xdc00..=0xdfff) => {
                    let code = 0x10000 + ((high - 0xd800) << 10) + (code - 0xdc00);
                    self.word.push(char::from_u32(code).unwrap_or('\u{fffd}'));
                }
                (before, code) => {
                    if before.is_some() {
                        self.word.push('\u{fffd}');
                    }
                    if (0xd800..0xdc00).contains(&code) {
                        self.high = Some(code);
                    } else {
                        self.word.push(char::from_u32(code).unwrap_or('\u{fffd}'));
                    }
                }
            }
            return true;
        }
        self.lone();
        let character = match escape {
            "n" => '\n',
            "t" => '\t',
            "r" => '\r',
            "b" => '\u{8}',
            "f" => '\u{c}',
            "\"" => '"',
            "\\" => '\\',
            "/" => '/',
            _ => return false,
        };
        self.word.push(character);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::{Live, Step};
    use crate::json::parse_strict;

    fn steps(pieces: &[&str]) -> (Vec<Step>, Live) {
        let mut live = Live::default();
        let mut steps = Vec::new();
        for piece in pieces {
            live.feed(piece, &mut steps);
        }
        (steps, live)
    }

    #[test]
    fn steps_do_not_depend_on_the_cut() {
        let text = r#"Here [is] it: {"a\n": [1, -2.5e3, true, "x\u00e9\ud83d\ude00é"], "b": {}, "c": null}"#;
        let whole = steps(&[text]).0;
        for cut in (0..=text.len()).filter(|&cut| text.is_char_boundary(cut)) {
            assert_eq!(steps(&[&text[..cut], &text[cut..]]).0, whole, "{cut}");
        }
        assert_eq!(whole[..3], [Step::Array, Step::Restart, Step::Object]);
        assert_eq!(whole.last(), Some(&Step::Close));
        let text = parse_strict(r#""xé😀é""#).expect("a string");
        assert!(whole.contains(&Step::Scalar(text)));
    }

    #[test]
    fn the_tail_is_what_stands_of_a_string() {
        assert_eq!(steps(&[r#"{"a": "xy"#]).1.tail(), Some("xy"));
        assert_eq!(steps(&[r#"{"a"#]).1.tail(), None);
        assert_eq!(steps(&[r#"{"a": "x\u00"#]).1.tail(), Some("x"));
    }

    #[test]
    fn what_is_no_strict_json_is_said() {
        let long = format!("{{\"a\": \"{}\", b: 1}}", "x".repeat(80));
        assert!(steps(&[&long]).1.broken());
        assert!(!steps(&["{b: 1}"]).1.begun());
    }
}
