//! Schema-aware reading: a JSON Schema compiled to what coercion needs of it.
//!
//! Read: `type`, `enum`, `const`, `properties`, `required`, `default`, `additionalProperties`, `items`, `prefixItems`,
//! `anyOf`, `oneOf`, `allOf`, `nullable`, local `$ref`, and `x-aliases` (other names of keys or of enum values, a map
//! from the name to one alias or a list). This is no validation: formats, ranges and patterns are not looked at.

mod choose;
mod coerce;
mod scalars;

use super::value::Value;
use std::collections::HashMap;

pub use choose::{SchemaReading, read_with_schema};

/// Index of a compiled schema node.
pub(crate) type NodeId = usize;

/// The JSON types, as bits.
pub(crate) mod types {
    pub(crate) const NULL: u8 = 1;
    pub(crate) const BOOLEAN: u8 = 2;
    pub(crate) const INTEGER: u8 = 4;
    pub(crate) const NUMBER: u8 = 8;
    pub(crate) const STRING: u8 = 16;
    pub(crate) const ARRAY: u8 = 32;
    pub(crate) const OBJECT: u8 = 64;
}

/// A declared property.
#[derive(Debug, Clone)]
pub(crate) struct Property {
    pub(crate) name: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) node: NodeId,
    pub(crate) required: bool,
}

/// One allowed value of an enumeration, with its other names.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    pub(crate) value: Value,
    pub(crate) aliases: Vec<String>,
}

/// One compiled schema.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rule {
    /// Allowed types as bits; 0 if any.
    pub(crate) types: u8,
    pub(crate) choices: Vec<Choice>,
    pub(crate) properties: Vec<Property>,
    pub(crate) additional: Option<NodeId>,
    pub(crate) items: Option<NodeId>,
    pub(crate) prefix: Vec<NodeId>,
    pub(crate) branches: Vec<NodeId>,
    pub(crate) default: Option<Value>,
    pub(crate) reference: Option<NodeId>,
}

/// A compiled JSON Schema.
#[derive(Debug, Clone)]
pub struct Schema {
    pub(crate) rules: Vec<Rule>,
    pub(crate) root: NodeId,
}

impl Schema {
    /// Compile a JSON Schema. What is not understood is not looked at; a reference to nowhere allows anything.
    pub fn compile(schema: &Value) -> Self {
        let mut compiler = Compiler {
            document: schema,
            rules: Vec::new(),
            known: HashMap::new(),
        };
        let root = compiler.rule(schema, 0);
        Self {
            rules: compiler.rules,
            root,
        }
    }

    /// The rule behind a node, references followed.
    pub(crate) fn rule(&self, mut node: NodeId) -> &Rule {
        for _ in 0..64 {
            match self.rules[node].reference {
                Some(next) => node = next,
                None => break,
            }
        }
        &self.rules[node]
    }

    /// Whether null is allowed.
    pub(crate) fn nullable(&self, node: NodeId, depth: usize) -> bool {
        let rule = self.rule(node);
        rule.types & types::NULL != 0
            || rule
                .choices
                .iter()
                .any(|choice| choice.value == Value::Null)
            || (depth < 8
                && rule
                    .branches
                    .iter()
                    .any(|&branch| self.nullable(branch, depth + 1)))
    }
}

struct Compiler<'a> {
    document: &'a Value,
    rules: Vec<Rule>,
    known: HashMap<String, NodeId>,
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

fn list(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::Array(items)) => items,
        _ => &[],
    }
}

fn aliases(schema: &Value, name: &str) -> Vec<String> {
    match get(schema, "x-aliases").and_then(|map| get(map, name)) {
        Some(Value::String(alias)) => vec![alias.clone()],
        Some(Value::Array(items)) => items
            .iter()
            .filter_map(|item| match item {
                Value::String(alias) => Some(alias.clone()),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn type_bit(name: &str) -> u8 {
    match name {
        "null" => types::NULL,
        "boolean" => types::BOOLEAN,
        "integer" => types::INTEGER,
        "number" => types::NUMBER,
        "string" => types::STRING,
        "array" => types::ARRAY,
        "object" => types::OBJECT,
        _ => 0,
    }
}

impl<'a> Compiler<'a> {
    fn add(&mut self, rule: Rule) -> NodeId {
        self.rules.push(rule);
        self.rules.len() - 1
    }

    fn rule(&mut self, schema: &'a Value, depth: usize) -> NodeId {
        if depth > 128 {
            return self.add(Rule::default());
        }
        if let Some(Value::String(pointer)) = get(schema, "$ref") {
            return self.reference(pointer, depth);
        }
        let mut rule = Rule {
            default: get(schema, "default").cloned(),
            ..Rule::default()
        };
        match get(schema, "type") {
            Some(Value::String(name)) => rule.types = type_bit(name),
            Some(Value::Array(names)) => {
                for name in names {
                    if let Value::String(name) = name {
                        rule.types |= type_bit(name);
                    }
                }
            }
            _ => {}
        }
        if get(schema, "nullable") == Some(&Value::Bool(true)) {
            rule.types |= types::NULL;
        }
        self.choices(schema, &mut rule);
        self.object(schema, &mut rule, depth);
        rule.items = match get(schema, "items") {
            Some(items @ Value::Object(_)) => Some(self.rule(items, depth + 1)),
            _ => None,
        };
        for item in list(get(schema, "prefixItems")) {
            let node = self.rule(item, depth + 1);
            rule.prefix.push(node);
        }
        for word in ["anyOf", "oneOf"] {
            for branch in list(get(schema, word)) {
                let node = self.rule(branch, depth + 1);
                rule.branches.push(node);
            }
        }
        for part in list(get(schema, "allOf")) {
            let node = self.rule(part, depth + 1);
            self.merge(&mut rule, node);
        }
        if rule.types == 0 && (!rule.properties.is_empty() || rule.additional.is_some()) {
            rule.types = types::OBJECT;
        }
        if rule.types == 0 && (rule.items.is_some() || !rule.prefix.is_empty()) {
            rule.types = types::ARRAY;
        }
        self.add(rule)
    }

    fn reference(&mut self, pointer: &'a str, depth: usize) -> NodeId {
        if let Some(&node) = self.known.get(pointer) {
            return node;
        }
        let node = self.add(Rule::default());
        self.known.insert(pointer.to_owned(), node);
        let mut target = pointer.strip_prefix('#').map(|_| self.document);
        for step in pointer
            .trim_start_matches('#')
            .split('/')
            .filter(|step| !step.is_empty())
        {
            let step = step.replace("~1", "/").replace("~0", "~");
            target = target.and_then(|value| get(value, &step));
        }
        if let Some(target) = target {
            let resolved = self.rule(target, depth + 1);
            if resolved != node {
                self.rules[node].reference = Some(resolved);
            }
        }
        node
    }

    fn choices(&self, schema: &'a Value, rule: &mut Rule) {
        let constant = get(schema, "const");
        for value in list(get(schema, "enum")).iter().chain(constant) {
            let name = match value {
                Value::String(text) => text.clone(),
                other => other.to_json(),
            };
            rule.choices.push(Choice {
                value: value.clone(),
                aliases: aliases(schema, &name),
            });
        }
    }

    fn object(&mut self, schema: &'a Value, rule: &mut Rule, depth: usize) {
        if let Some(additional @ Value::Object(_)) = get(schema, "additionalProperties") {
            rule.additional = Some(self.rule(additional, depth + 1));
        }
        let Some(Value::Object(properties)) = get(schema, "properties") else {
            return;
        };
        let required = list(get(schema, "required"));
        for (name, property) in properties {
            let node = self.rule(property, depth + 1);
            let required = required
                .iter()
                .any(|value| matches!(value, Value::String(other) if other == name));
            rule.properties.push(Property {
                name: name.clone(),
                aliases: aliases(schema, name),
                node,
                required,
            });
        }
    }

    /// Take over what a part of `allOf` says.
    fn merge(&self, rule: &mut Rule, node: NodeId) {
        let mut at = node;
        for _ in 0..64 {
            match self.rules[at].reference {
                Some(next) => at = next,
                None => break,
            }
        }
        let part = &self.rules[at];
        rule.types = if rule.types == 0 {
            part.types
        } else {
            rule.types
        };
        rule.choices.extend(part.choices.iter().cloned());
        rule.properties.extend(part.properties.iter().cloned());
        rule.branches.extend(part.branches.iter().copied());
        rule.additional = rule.additional.or(part.additional);
        rule.items = rule.items.or(part.items);
        if rule.default.is_none() {
            rule.default.clone_from(&part.default);
        }
    }
}
