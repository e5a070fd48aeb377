//! Arguments that a dialect writes as text, typed by the tool's schema.

use super::call::read_json;
use super::tools::Tool;
use crate::json::{Number, Schema, Value, parse_strict};

const NULL: u8 = 1;
const BOOLEAN: u8 = 2;
const INTEGER: u8 = 4;
const NUMBER: u8 = 8;
const STRING: u8 = 16;
const ARRAY: u8 = 32;
const OBJECT: u8 = 64;

/// What a text is where no schema says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Untyped {
    /// It stays text.
    Text,
    /// JSON where it is JSON, text otherwise.
    Json,
}

/// The types that a schema allows at a node; 0 for any.
fn allowed(schema: &Schema, node: usize, depth: usize) -> u8 {
    let rule = schema.rule(node);
    let mut types = rule.types;
    if depth < 4 {
        for &branch in &rule.branches {
            types |= allowed(schema, branch, depth + 1);
        }
    }
    if rule.types == 0 {
        for choice in &rule.choices {
            types |= type_of(&choice.value);
        }
    }
    types
}

fn type_of(value: &Value) -> u8 {
    match value {
        Value::Null => NULL,
        Value::Bool(_) => BOOLEAN,
        Value::Number(Number::Int(_) | Number::BigInt(_)) => INTEGER | NUMBER,
        Value::Number(Number::Float(number)) if number.fract() == 0.0 => INTEGER | NUMBER,
        Value::Number(_) => NUMBER,
        Value::String(_) => STRING,
        Value::Array(_) => ARRAY,
        Value::Object(_) => OBJECT,
    }
}

/// The schema node of a parameter, and whether the tool's parameters are known at all.
pub(crate) fn parameter<'a>(
    tool: Option<&'a Tool>,
    key: &str,
) -> (Option<(&'a Schema, usize)>, bool) {
    let Some(schema) = tool.and_then(|tool| tool.schema.as_ref()) else {
        return (None, false);
    };
    let rule = schema.rule(schema.root);
    let property = rule.properties.iter().find(|property| property.name == key);
    let node = property.map(|property| property.node).or(rule.additional);
    (node.map(|node| (schema, node)), !rule.properties.is_empty())
}

/// A place in a schema.
pub(crate) type At<'s> = (&'s Schema, usize);

/// The types that a schema allows at a place.
pub(crate) fn types_at((schema, node): At<'_>) -> u8 {
    allowed(schema, node, 0)
}

/// The schema of a property.
pub(crate) fn property_of<'a>(
    (schema, node): (&'a Schema, usize),
    key: &str,
) -> Option<(&'a Schema, usize)> {
    let rule = schema.rule(node);
    let own = rule.properties.iter().find(|property| property.name == key);
    let found = own.map(|property| property.node).or(rule.additional);
    if found.is_some() {
        return found.map(|node| (schema, node));
    }
    rule.branches.iter().find_map(|&branch| {
        let rule = schema.rule(branch);
        let property = rule
            .properties
            .iter()
            .find(|property| property.name == key)?;
        Some((schema, property.node))
    })
}

/// The schema of a list's items.
pub(crate) fn item_of((schema, node): (&Schema, usize)) -> Option<(&Schema, usize)> {
    let rule = schema.rule(node);
    let branches = rule
        .branches
        .iter()
        .filter_map(|&branch| schema.rule(branch).items);
    rule.items
        .or_else(|| branches.into_iter().next())
        .map(|node| (schema, node))
}

/// Whether a parameter may be text.
pub(crate) fn takes_text(tool: Option<&Tool>, key: &str) -> bool {
    parameter(tool, key).0.is_none_or(|at| {
        let types = types_at(at);
        types == 0 || types & STRING != 0
    })
}

/// A parameter's text as a value.
pub(crate) fn typed(text: &str, tool: Option<&Tool>, key: &str, untyped: Untyped) -> Value {
    match parameter(tool, key).0 {
        Some((schema, node)) => by_types(text, allowed(schema, node, 0), untyped),
        None => guess(text, untyped),
    }
}

/// A text where no schema says what it is.
pub(crate) fn guess(text: &str, untyped: Untyped) -> Value {
    let trimmed = text.trim();
    match untyped {
        Untyped::Text => Value::String(text.to_owned()),
        Untyped::Json => parse_strict(trimmed).unwrap_or_else(|_| {
            match trimmed.as_bytes() {
                [b'{', .., b'}'] | [b'[', .., b']'] => container(trimmed, OBJECT | ARRAY),
                _ => None,
            }
            .unwrap_or_else(|| word(trimmed).unwrap_or_else(|| Value::String(text.to_owned())))
        }),
    }
}

/// Python's literals.
fn word(text: &str) -> Option<Value> {
    match text {
        "True" => Some(Value::Bool(true)),
        "False" => Some(Value::Bool(false)),
        "None" => Some(Value::Null),
        _ => None,
    }
}

/// A text as a value of one of these types; the text itself where it is none.
pub(crate) fn by_types(text: &str, types: u8, untyped: Untyped) -> Value {
    if types == 0 {
        return guess(text, untyped);
    }
    let trimmed = text.trim();
    if types & NULL != 0 && matches!(trimmed, "null" | "None" | "NULL" | "Null") {
        return Value::Null;
    }
    if types & !(STRING | NULL) == 0 {
        return Value::String(text.to_owned());
    }
    if types & BOOLEAN != 0 {
        if trimmed.eq_ignore_ascii_case("true") {
            return Value::Bool(true);
        }
        if trimmed.eq_ignore_ascii_case("false") {
            return Value::Bool(false);
        }
    }
    if let Ok(value) = parse_strict(trimmed) {
        let own = type_of(&value);
        if own & types & !STRING != 0 {
            return whole(value, types);
        }
        // A text in quotes where no text is asked for.
        if let (Value::String(inner), true) = (&value, types & STRING == 0) {
            return by_types(inner, types, Untyped::Text);
        }
        if types & STRING == 0 && untyped == Untyped::Json {
            return value;
        }
        if types & STRING == 0 && own == NULL {
            return value;
        }
    } else if types & (ARRAY | OBJECT) != 0 && types & STRING == 0 {
        if let Some(value) = container(trimmed, types) {
            return value;
        }
    } else if types & (INTEGER | NUMBER) != 0 {
        if let Ok(number) = trimmed.trim_start_matches('+').parse::<f64>() {
            if number.is_finite() && trimmed.bytes().any(|byte| byte.is_ascii_digit()) {
                return whole(Value::Number(Number::Float(number)), types);
            }
        }
    }
    Value::String(text.to_owned())
}

/// An integer where one is asked for: 3.0 is 3.
fn whole(value: Value, types: u8) -> Value {
    match value {
        Value::Number(Number::Float(number))
            if types & INTEGER != 0 && number.fract() == 0.0 && number.abs() < 9e15 =>
        {
            Value::Number(Number::Int(number as i64))
        }
        other => other,
    }
}

/// A broken or Python-like list or object.
fn container(text: &str, types: u8) -> Option<Value> {
    let begins = matches!(text.as_bytes().first(), Some(b'{' | b'['));
    let (value, _) = read_json(text, 0).filter(|_| begins)?;
    (type_of(&value) & types != 0).then_some(value)
}

/// Whether a parameter of this name may hold all arguments.
pub(crate) fn is_wrapper(key: &str) -> bool {
    matches!(key, "input" | "arguments" | "parameters")
}

/// Arguments that came as one text under a name the tool does not know.
pub(crate) fn unwrap(arguments: Value, tool: Option<&Tool>) -> Value {
    let Value::Object(pairs) = &arguments else {
        return arguments;
    };
    let [(key, value)] = pairs.as_slice() else {
        return arguments;
    };
    if !is_wrapper(key) || !parameter(tool, key).1 {
        return arguments;
    }
    if parameter(tool, key).0.is_some() {
        return arguments;
    }
    let inner = match value {
        Value::String(text) => parse_strict(text).ok(),
        other => Some(other.clone()),
    };
    match inner {
        Some(inner @ Value::Object(_)) => inner,
        _ => arguments,
    }
}

/// Put a pair into an object; a later one replaces an earlier one of its name.
pub(crate) fn put(pairs: &mut Vec<(String, Value)>, key: &str, value: Value) {
    // Few arguments; where they are many, a repeated name is left to the reader of the object.
    if pairs.len() < 256 {
        if let Some(pair) = pairs.iter_mut().find(|(known, _)| known == key) {
            pair.1 = value;
            return;
        }
    }
    pairs.push((key.to_owned(), value));
}
