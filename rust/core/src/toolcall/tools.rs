//! The tools a model was told of, as far as parsing needs them: names, and schemas of parameters.

use std::collections::HashMap;

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
        tools
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
