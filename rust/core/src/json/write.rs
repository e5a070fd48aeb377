//! Writing a [`Value`] as compact JSON.

use super::value::{Number, Value};
use std::fmt;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Append `text` to `out` as a JSON string, quotes included. Only what must be escaped is.
pub fn write_string(out: &mut String, text: &str) {
    out.push('"');
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0x08 => "\\b",
            0x0c => "\\f",
            0x00..=0x1f => "\\u00",
            _ => continue,
        };
        out.push_str(&text[from..at]);
        out.push_str(escape);
        if escape.len() == 4 {
            out.push(HEX[usize::from(byte >> 4)] as char);
            out.push(HEX[usize::from(byte & 15)] as char);
        }
        from = at + 1;
    }
    out.push_str(&text[from..]);
    out.push('"');
}

/// Append a number to `out`. What is not finite is written as `null`, as JavaScript does.
pub fn write_number(out: &mut String, number: &Number) {
    match number {
        Number::Int(value) => out.push_str(&value.to_string()),
        Number::BigInt(digits) => out.push_str(digits),
        // The debug form keeps a fraction or an exponent, so that 2.0 stays a float.
        Number::Float(value) if value.is_finite() => out.push_str(&format!("{value:?}")),
        Number::Float(_) => out.push_str("null"),
    }
}

/// Append `value` to `out` as compact JSON.
pub fn write_value(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => write_number(out, number),
        Value::String(text) => write_string(out, text),
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_value(out, item);
            }
            out.push(']');
        }
        Value::Object(pairs) => {
            out.push('{');
            for (at, (key, item)) in pairs.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_string(out, key);
                out.push(':');
                write_value(out, item);
            }
            out.push('}');
        }
    }
}

impl Value {
    /// This value as compact JSON, keys in their order, non-ASCII as it is.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        write_value(&mut out, self);
        out
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_json())
    }
}
