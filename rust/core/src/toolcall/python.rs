//! Python as models write it in calls: the end of an argument list that is still coming in, and the literals in it.

use super::dialect::{Look, More, Need};
use super::typed::put;
use crate::json::{Number, Value, parse_strict};

/// Deepest nesting of literals that is read.
const MAX_DEPTH: usize = 128;

/// Finds the closing parenthesis of an argument list; every byte is looked at once.
#[derive(Debug, Clone, Default)]
pub(crate) struct PyScan {
    at: usize,
    depth: u32,
    /// The quote of the string under way, and how many of it close it.
    quote: u8,
    run: usize,
    last: u8,
}

impl PyScan {
    /// A scanner from the opening parenthesis at `at`.
    pub(crate) fn new(at: usize) -> Self {
        Self {
            at,
            ..Self::default()
        }
    }

    /// The offset behind the closing parenthesis; `None` if the text ends before it.
    pub(crate) fn run(&mut self, look: &Look<'_>) -> Need<Option<usize>> {
        let bytes = look.text.as_bytes();
        while let Some(&byte) = bytes.get(self.at) {
            if self.quote != 0 {
                self.string(look, byte)?;
                continue;
            }
            match byte {
                b'"' | b'\''
                    if byte == b'"'
                        || !self.last.is_ascii_alphanumeric()
                        || matches!(self.last, b'r' | b'f' | b'b' | b'u') =>
                {
                    let three = [byte; 3];
                    let three = std::str::from_utf8(&three).unwrap_or_default();
                    self.run = if look.starts(self.at, three)? { 3 } else { 1 };
                    self.quote = byte;
                    self.at += self.run - 1;
                }
                b'(' | b'[' | b'{' => self.depth += 1,
                b')' | b']' | b'}' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        self.at += 1;
                        return Ok(Some(self.at));
                    }
                }
                _ => {}
            }
            self.last = byte;
            self.at += 1;
        }
        if look.end { Ok(None) } else { Err(More) }
    }

    /// One step inside a string.
    fn string(&mut self, look: &Look<'_>, byte: u8) -> Need<()> {
        if byte == b'\\' {
            look.byte(self.at + 1)?;
            self.at += 2;
        } else if byte != self.quote {
            self.at += 1;
        } else if self.run == 1 {
            // An apostrophe in a word does not close.
            let next = look.byte(self.at + 1)?;
            if !next.is_some_and(|next| next.is_ascii_alphanumeric()) {
                self.quote = 0;
            }
            self.at += 1;
        } else {
            let three = [self.quote; 3];
            let closes = look.starts(self.at, std::str::from_utf8(&three).unwrap_or_default())?;
            if closes {
                self.quote = 0;
            }
            self.at += if closes { 3 } else { 1 };
        }
        Ok(())
    }
}

/// The arguments in an argument list without its parentheses. `names` are for what stands without a name.
///
/// `None` if it is no list of arguments: something stands without a name, and there is no name for it.
pub(crate) fn arguments(text: &str, names: &[&str]) -> Option<Vec<(String, Value)>> {
    let mut reader = Reader { text, at: 0 };
    let mut pairs = Vec::new();
    let mut names = names.iter();
    loop {
        reader.space();
        let Some(byte) = reader.peek() else {
            return Some(pairs);
        };
        if byte == b',' {
            reader.at += 1;
            continue;
        }
        if let Some(key) = reader.keyword() {
            let value = reader.value(0);
            put(&mut pairs, key, value);
        } else if reader.text[reader.at..].starts_with("**") {
            reader.at += 2;
            let Value::Object(more) = reader.value(0) else {
                return None;
            };
            for (key, value) in more {
                put(&mut pairs, &key, value);
            }
        } else {
            let name = names.next()?;
            let value = reader.value(0);
            put(&mut pairs, name, value);
        }
        reader.space();
        if reader.peek().is_some_and(|byte| byte != b',') {
            // Something that is no literal: up to the next comma it belongs to nothing.
            reader.word();
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// `name=` or `name:`, passed over.
    fn keyword(&mut self) -> Option<&'a str> {
        let rest = &self.text[self.at..];
        let len = rest
            .find(|character: char| {
                !character.is_alphanumeric() && !matches!(character, '_' | '-' | '.')
            })
            .unwrap_or(rest.len());
        let after = rest[len..].trim_start();
        if len == 0 || !after.starts_with('=') || after.starts_with("==") {
            return None;
        }
        let name = &rest[..len];
        self.at += rest.len() - after.len() + 1;
        Some(name)
    }

    fn value(&mut self, depth: usize) -> Value {
        self.space();
        match self.peek() {
            Some(b'[') if depth < MAX_DEPTH => self.list(b']', depth),
            Some(b'(') if depth < MAX_DEPTH => self.list(b')', depth),
            Some(b'{') if depth < MAX_DEPTH => self.dict(depth),
            Some(_) => match self.string() {
                Some(mut text) => {
                    // Strings that stand side by side are one.
                    loop {
                        let before = self.at;
                        self.space();
                        match self.string() {
                            Some(more) => text.push_str(&more),
                            None => {
                                self.at = before;
                                break;
                            }
                        }
                    }
                    Value::String(text)
                }
                None => literal(self.word()),
            },
            None => Value::Null,
        }
    }

    fn list(&mut self, closer: u8, depth: usize) -> Value {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.space();
            match self.peek() {
                None => break,
                Some(byte) if byte == closer => {
                    self.at += 1;
                    break;
                }
                Some(b',' | b')' | b']' | b'}') => self.at += 1,
                Some(_) => items.push(self.value(depth + 1)),
            }
        }
        Value::Array(items)
    }

    fn dict(&mut self, depth: usize) -> Value {
        self.at += 1;
        let mut pairs = Vec::new();
        let mut items = Vec::new();
        loop {
            self.space();
            match self.peek() {
                None => break,
                Some(b'}') => {
                    self.at += 1;
                    break;
                }
                Some(b',' | b')' | b']' | b':') => self.at += 1,
                Some(_) => {
                    let key = self.value(depth + 1);
                    self.space();
                    if self.peek() == Some(b':') {
                        self.at += 1;
                        let value = self.value(depth + 1);
                        let key = match key {
                            Value::String(text) => text,
                            other => other.to_json(),
                        };
                        put(&mut pairs, &key, value);
                    } else {
                        items.push(key);
                    }
                }
            }
        }
        if pairs.is_empty() && !items.is_empty() {
            return Value::Array(items);
        }
        Value::Object(pairs)
    }

    /// A string literal.
    fn string(&mut self) -> Option<String> {
        let rest = &self.text[self.at..];
        let prefix = rest
            .bytes()
            .take(2)
            .take_while(|byte| {
                matches!(byte, b'r' | b'R' | b'f' | b'F' | b'b' | b'B' | b'u' | b'U')
            })
            .count();
        let raw = rest[..prefix].contains(['r', 'R']);
        let body = &rest[prefix..];
        let quote = match body.bytes().next()? {
            quote @ (b'"' | b'\'') => quote as char,
            _ => return None,
        };
        let three: String = [quote; 3].iter().collect();
        let closer = if body.starts_with(&three) { 3 } else { 1 };
        let inside = &body[closer..];
        let mut out = String::new();
        let mut characters = inside.char_indices();
        let mut end = inside.len();
        let mut close = 0;
        while let Some((at, character)) = characters.next() {
            let word = || {
                inside
                    .as_bytes()
                    .get(at + 1)
                    .is_some_and(u8::is_ascii_alphanumeric)
            };
            let closes = if closer == 1 {
                !word()
            } else {
                inside[at..].starts_with(&three)
            };
            if character == quote && closes {
                (end, close) = (at, closer);
                break;
            }
            if character != '\\' {
                out.push(character);
                continue;
            }
            let Some((_, escaped)) = characters.next() else {
                out.push('\\');
                break;
            };
            if raw {
                out.extend(['\\', escaped]);
            } else {
                escape(escaped, &mut characters, &mut out);
            }
        }
        self.at += prefix + closer + end + close;
        Some(out)
    }

    /// What is no literal: up to the next separator outside brackets and strings.
    fn word(&mut self) -> &'a str {
        let from = self.at;
        let bytes = self.text.as_bytes();
        let mut depth = 0_usize;
        while let Some(&byte) = bytes.get(self.at) {
            match byte {
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' | b',' | b':' if depth == 0 => break,
                b')' | b']' | b'}' => depth -= 1,
                b'"' | b'\'' if self.string().is_some() => continue,
                _ => {}
            }
            self.at += 1;
        }
        if self.at == from {
            self.at += 1;
            while !self.text.is_char_boundary(self.at) {
                self.at += 1;
            }
            return "";
        }
        self.text[from..self.at].trim()
    }
}

fn escape(escaped: char, rest: &mut std::str::CharIndices<'_>, out: &mut String) {
    let mut code = |digits: usize| {
        let text = rest.as_str();
        let hex = text
            .get(..digits)
            .filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        let mut code = u32::from_str_radix(hex, 16).ok()?;
        let mut used = digits;
        // A pair of surrogates is one character.
        if (0xd800..0xdc00).contains(&code) {
            let low = text.get(digits..digits + 6)?.strip_prefix("\\u")?;
            let low = u32::from_str_radix(low, 16)
                .ok()
                .filter(|low| (0xdc00..0xe000).contains(low))?;
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            used += 6;
        }
        let character = char::from_u32(code)?;
        for _ in 0..used {
            rest.next();
        }
        Some(character)
    };
    let character = match escaped {
        'n' => Some('\n'),
        't' => Some('\t'),
        'r' => Some('\r'),
        'b' => Some('\u{8}'),
        'f' => Some('\u{c}'),
        '0' => Some('\0'),
        '\n' => return,
        '\\' | '\'' | '"' | '/' => Some(escaped),
        'x' => code(2),
        'u' => code(4),
        'U' => code(8),
        _ => None,
    };
    match character {
        Some(character) => out.push(character),
        None => out.extend(['\\', escaped]),
    }
}

/// A word as a value; what is no literal is text.
fn literal(word: &str) -> Value {
    match word {
        "True" | "true" => return Value::Bool(true),
        "False" | "false" => return Value::Bool(false),
        "None" | "null" | "" => return Value::Null,
        _ => {}
    }
    let number = word.replace('_', "");
    let plain = number.strip_prefix('+').unwrap_or(&number);
    if plain
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.'))
    {
        if let Ok(value) = parse_strict(plain) {
            return value;
        }
        if let Some(hex) = plain.strip_prefix("0x") {
            if let Ok(number) = i64::from_str_radix(hex, 16) {
                return Value::Number(Number::Int(number));
            }
        }
        if let Ok(number) = plain.parse::<f64>() {
            if number.is_finite() {
                return Value::Number(Number::Float(number));
            }
        }
    }
    Value::String(word.to_owned())
}
