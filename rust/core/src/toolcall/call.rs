//! A call, and the JSON shapes that calls are written in.

use super::tools::{Tools, get};
use crate::json::{self, Options, Value};

/// A call that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct ParsedCall {
    /// The tool's name, never empty.
    pub name: String,
    /// Its arguments, an object.
    pub arguments: Value,
    /// The id that the dialect gave it.
    pub id: Option<String>,
    /// Where it stands in the whole text, in characters.
    pub span: (usize, usize),
    /// What was mended: kind and character offset into the whole text.
    pub repairs: Vec<(&'static str, usize)>,
}

impl ParsedCall {
    pub(crate) fn new(name: &str, arguments: Value, span: (usize, usize)) -> Self {
        Self {
            name: name.to_owned(),
            arguments,
            id: None,
            span,
            repairs: Vec::new(),
        }
    }

    /// Note that the text ended inside the call. A text may hold very many such calls, so no room is kept for more.
    pub(crate) fn unterminated(&mut self, position: usize) {
        self.repairs.reserve_exact(1);
        self.repairs.push(("unterminated_call", position));
    }
}

const NAME: [&str; 7] = [
    "name",
    "tool_name",
    "function",
    "function_name",
    "tool",
    "recipient_name",
    "action",
];
const ARGUMENTS: [&str; 8] = [
    "arguments",
    "parameters",
    "args",
    "input",
    "params",
    "action_input",
    "tool_input",
    "tool_args",
];
const ID: [&str; 4] = ["id", "call_id", "tool_call_id", "tool_use_id"];

pub(crate) fn is_name_key(key: &str) -> bool {
    NAME.contains(&key)
}

pub(crate) fn is_arguments_key(key: &str) -> bool {
    ARGUMENTS.contains(&key)
}

/// Whether an object whose first key is this may be a call in one of the wire shapes.
pub(crate) fn may_begin_call(key: &str) -> bool {
    is_name_key(key)
        || is_arguments_key(key)
        || ID.contains(&key)
        || WRAPPERS.contains(&key)
        || matches!(
            key,
            "type" | "role" | "index" | "object" | "model" | "created"
        )
}

/// Keys under which wire shapes keep calls.
const WRAPPERS: [&str; 10] = [
    "functionCall",
    "function_call",
    "tool_calls",
    "tool_call",
    "tool_use",
    "content",
    "parts",
    "candidates",
    "choices",
    "message",
];

/// Read a JSON value leniently, with what was mended. `offset` is where the text stands in the whole.
pub(crate) fn read_json(text: &str, offset: usize) -> Option<(Value, Vec<(&'static str, usize)>)> {
    if let Ok(value) = json::parse_strict(text) {
        return Some((value, Vec::new()));
    }
    let options = Options {
        report: true,
        partial: false,
    };
    let repaired = json::repair(text, &options).ok()?;
    let repairs = repaired
        .repairs
        .iter()
        .map(|repair| (repair.kind.name(), repair.position + offset))
        .collect();
    Some((repaired.value, repairs))
}

/// What is asked of a value to be a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    /// A marker said that it is one: a name is enough.
    Marked,
    /// Nothing but its shape says so: a known name, and arguments.
    Shape,
}

/// The calls in a JSON value: name, arguments, id. Empty if it is none. The arguments are taken out of it.
pub(crate) fn calls_in(
    value: &mut Value,
    trust: Trust,
    tools: &Tools,
) -> Vec<(String, Value, Option<String>)> {
    let mut found = Vec::new();
    gather(value, trust, tools, 0, &mut found);
    found
}

fn gather(
    value: &mut Value,
    trust: Trust,
    tools: &Tools,
    depth: usize,
    found: &mut Vec<(String, Value, Option<String>)>,
) {
    if depth > 8 {
        return;
    }
    match value {
        Value::Array(items) => {
            for item in items {
                gather(item, trust, tools, depth + 1, found);
            }
        }
        Value::Object(_) => {
            if let Some(call) = plain(value, trust, tools) {
                found.push(call);
                return;
            }
            for key in WRAPPERS {
                if let Some(inner @ (Value::Object(_) | Value::Array(_))) = get_mut(value, key) {
                    gather(inner, trust, tools, depth + 1, found);
                }
            }
            if let Some(inner @ Value::Object(_)) = get_mut(value, "function") {
                if let Some(mut call) = plain(inner, trust, tools) {
                    call.2 = call.2.or_else(|| id_of(value));
                    found.push(call);
                }
            }
        }
        _ => {}
    }
}

fn get_mut<'a>(value: &'a mut Value, key: &str) -> Option<&'a mut Value> {
    match value {
        Value::Object(pairs) => pairs
            .iter_mut()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value),
        _ => None,
    }
}

fn id_of(value: &Value) -> Option<String> {
    ID.iter().find_map(|key| match get(value, key) {
        Some(Value::String(id)) if !id.is_empty() => Some(id.clone()),
        _ => None,
    })
}

/// `{"name": ..., "arguments": {...}}` in any of its spellings.
fn plain(
    value: &mut Value,
    trust: Trust,
    tools: &Tools,
) -> Option<(String, Value, Option<String>)> {
    let name = NAME.iter().find_map(|key| match get(value, key) {
        Some(Value::String(name)) if !name.trim().is_empty() => Some(name.trim()),
        _ => None,
    })?;
    let name = known(name, tools).to_owned();
    if trust == Trust::Shape {
        let described = get(value, "description").is_some() || get(value, "inputSchema").is_some();
        if described || !tools.allows(&name) {
            return None;
        }
    }
    let key = ARGUMENTS.iter().find(|key| get(value, key).is_some());
    let found = key.and_then(|key| get_mut(value, key));
    let arguments = found.and_then(|found| object(std::mem::replace(found, Value::Null)));
    if trust == Trust::Shape {
        let schema = arguments.as_ref().is_some_and(|arguments| {
            get(arguments, "properties").is_some()
                && matches!(get(arguments, "type"), Some(Value::String(_)))
        });
        if arguments.is_none() || schema {
            return None;
        }
    }
    let arguments = arguments.unwrap_or_else(|| Value::Object(Vec::new()));
    Some((name, arguments, id_of(value)))
}

/// Arguments as an object: as it is, or written as JSON in a string.
pub(crate) fn object(value: Value) -> Option<Value> {
    match value {
        Value::Object(_) => Some(value),
        Value::Null => Some(Value::Object(Vec::new())),
        Value::String(text) if text.trim().is_empty() => Some(Value::Object(Vec::new())),
        Value::String(text) => match read_json(&text, 0) {
            Some((value @ Value::Object(_), _)) => Some(value),
            _ => None,
        },
        _ => None,
    }
}

/// A name as the tools know it: without a `functions.` before it.
pub(crate) fn known<'a>(name: &'a str, tools: &Tools) -> &'a str {
    let name = name.trim();
    if tools.get(name).is_some() {
        return name;
    }
    let bare = name
        .strip_prefix("functions.")
        .or_else(|| name.strip_prefix("functions:"))
        .unwrap_or(name);
    if bare.is_empty() { name } else { bare }
}
