//! The tools a model was told of, as far as parsing needs them: names, and schemas of parameters.

use std::collections::HashMap;

use super::dialect::{Look, More, Need};
use crate::json::{Schema, Value};

/// One tool.
#[derive(Debug, Clone)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its parameters.
    pub(crate) schema: Option<Schema>,
}

/// The tools, by name. Empty: none were named, and every name is allowed.
#[derive(Debug, Clone, Default)]
pub struct Tools {
    list: Vec<Tool>,
    index: HashMap<String, usize>,
    /// The names in order, to find one by its beginning.
    sorted: Vec<String>,
}

impl Tool {
    /// The names of its parameters, in their order.
    pub(crate) fn parameters(&self) -> Vec<&str> {
        let Some(schema) = &self.schema else {
            return Vec::new();
        };
        let rule = schema.rule(schema.root);
        rule.properties
            .iter()
            .map(|property| property.name.as_str())
            .collect()
    }
}

impl Tools {
    /// Tools from JSON: a list of `{"name", "parameters"}` or of `{"type": "function", "function": {...}}`; in place
    /// of `parameters` also `input_schema` or `inputSchema`. What has no name is left out.
    pub fn from_value(value: &Value) -> Self {
        let mut tools = Self::default();
        let Value::Array(items) = value else {
            return tools;
        };
        for item in items {
            let item = get(item, "function")
                .filter(|inner| matches!(inner, Value::Object(_)))
                .unwrap_or(item);
            let Some(Value::String(name)) = get(item, "name") else {
                continue;
            };
            let schema = ["parameters", "input_schema", "inputSchema"]
                .iter()
                .find_map(|key| get(item, key))
                .filter(|schema| matches!(schema, Value::Object(_)))
                .map(Schema::compile);
            tools.index.insert(name.clone(), tools.list.len());
            tools.list.push(Tool {
                name: name.clone(),
                schema,
            });
        }
        tools.sorted = tools.index.keys().cloned().collect();
        tools.sorted.sort_unstable();
        tools
    }

    /// The length of the tool's name that stands at `at`, whole.
    pub(crate) fn name_at(&self, look: &Look<'_>, at: usize) -> Need<Option<usize>> {
        if self.is_empty() {
            return Ok(None);
        }
        let rest = look.text.get(at..).unwrap_or_default();
        let part =
            |character: char| character.is_alphanumeric() || matches!(character, '_' | '-' | '.');
        let len = rest
            .find(|character| !part(character))
            .unwrap_or(rest.len());
        let word = &rest[..len];
        if len < rest.len() || look.end {
            return Ok(self.index.contains_key(word).then_some(len));
        }
        // The word may go on: only as a tool's name is it worth waiting for.
        let from = self.sorted.partition_point(|name| name.as_str() < word);
        match self.sorted.get(from) {
            Some(name) if name.starts_with(word) => Err(More),
            _ => Ok(None),
        }
    }

    /// Whether no tools were named.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The tool of this name.
    pub fn get(&self, name: &str) -> Option<&Tool> {
        self.index.get(name).map(|&at| &self.list[at])
    }

    /// Whether a name may be called where nothing but the name says that it is a call.
    pub(crate) fn allows(&self, name: &str) -> bool {
        self.is_empty() || self.index.contains_key(name)
    }
}

pub(crate) fn get<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    match value {
        Value::Object(pairs) => pairs
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value),
        _ => None,
    }
}
