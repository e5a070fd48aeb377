//! How a model is to answer, and what it may call.

use super::dialect::Dialect;
use super::fingerprint::Fields;
use std::sync::OnceLock;

/// Which tool the model is to call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToolChoice {
    /// Whether it likes.
    Auto,
    /// None.
    None,
    /// At least one.
    Required,
    /// The one of that name.
    Tool(String),
}

impl ToolChoice {
    /// `auto`, `none`, `required`, or the name of a tool.
    pub fn named(name: &str) -> Self {
        match name {
            "auto" => Self::Auto,
            "none" => Self::None,
            "required" => Self::Required,
            _ => Self::Tool(name.to_owned()),
        }
    }

    /// The name that [`Self::named`] takes.
    pub fn name(&self) -> &str {
        match self {
            Self::Auto => "auto",
            Self::None => "none",
            Self::Required => "required",
            Self::Tool(name) => name,
        }
    }
}

/// The shape that the answer is to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResponseFormat {
    /// Any JSON object.
    JsonObject,
    /// What fits a JSON Schema.
    JsonSchema {
        /// Its name.
        name: String,
        /// The schema, compact JSON.
        schema: String,
        /// Whether the provider is to hold the model to it token by token.
        strict: Option<bool>,
    },
}

/// How a model is to answer. None leaves a choice to the provider.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CallOptions {
    /// The model's name.
    pub model: String,
    /// 0 to 2.
    pub temperature: Option<f64>,
    /// 0 to 1.
    pub top_p: Option<f64>,
    /// Most tokens of the answer.
    pub max_tokens: Option<u64>,
    /// For answers that can be repeated.
    pub seed: Option<i64>,
    /// Texts at which to stop.
    pub stop: Vec<String>,
    /// Which tool to call.
    pub tool_choice: Option<ToolChoice>,
    /// Whether several calls may come in one turn.
    pub parallel_tool_calls: Option<bool>,
    /// The shape of the answer.
    pub response_format: Option<ResponseFormat>,
    /// Whether the answer is to come in pieces. It changes the body, not the fingerprint.
    pub stream: bool,
    /// Fields that are passed through: name and compact JSON, in order.
    pub extra: Vec<(String, String)>,
}

impl CallOptions {
    pub(crate) fn fingerprint(&self, fields: &mut Fields) {
        fields.text(&self.model);
        let number = |fields: &mut Fields, value: Option<u64>| match value {
            None => fields.text("none"),
            Some(value) => {
                fields.text("some");
                fields.number(value);
            }
        };
        number(fields, self.temperature.map(f64::to_bits));
        number(fields, self.top_p.map(f64::to_bits));
        number(fields, self.max_tokens);
        number(fields, self.seed.map(|seed| seed as u64));
        fields.number(self.stop.len() as u64);
        self.stop.iter().for_each(|stop| fields.text(stop));
        fields.option(self.tool_choice.as_ref().map(ToolChoice::name));
        number(fields, self.parallel_tool_calls.map(u64::from));
        match &self.response_format {
            None => fields.text("text"),
            Some(ResponseFormat::JsonObject) => fields.text("json_object"),
            Some(ResponseFormat::JsonSchema {
                name,
                schema,
                strict,
            }) => {
                fields.text("json_schema");
                fields.text(name);
                fields.text(schema);
                number(fields, strict.map(u64::from));
            }
        }
        // By name: the order in which an application happens to pass them changes nothing.
        let mut extra: Vec<_> = self.extra.iter().collect();
        extra.sort();
        fields.number(extra.len() as u64);
        for (name, value) in extra {
            fields.text(name);
            fields.text(value);
        }
    }
}

/// A tool as the model is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// What it does.
    pub description: String,
    /// The JSON Schema of its arguments, compact JSON.
    pub parameters: String,
}

/// The tools of a call, with their bytes for each dialect once they were asked for.
#[derive(Debug, Default)]
pub struct Tools {
    list: Vec<Tool>,
    tokens: u64,
    encoded: [OnceLock<String>; Dialect::ALL.len()],
    digest: OnceLock<[u8; 16]>,
}

impl Tools {
    /// Tools that together count as `tokens` tokens.
    pub fn new(list: Vec<Tool>, tokens: u64) -> Self {
        Self {
            list,
            tokens,
            ..Self::default()
        }
    }

    /// The tools.
    pub fn list(&self) -> &[Tool] {
        &self.list
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// What they count.
    pub fn tokens(&self) -> u64 {
        self.tokens
    }

    pub(crate) fn encoded(&self, dialect: Dialect) -> &str {
        self.encoded[dialect as usize].get_or_init(|| {
            let mut out = String::new();
            dialect.tools(&self.list, &mut out);
            out
        })
    }

    pub(crate) fn digest(&self) -> [u8; 16] {
        *self.digest.get_or_init(|| {
            let mut fields = Fields::new("tools");
            for tool in &self.list {
                fields.text(&tool.name);
                fields.text(&tool.description);
                fields.text(&tool.parameters);
            }
            fields.end()
        })
    }
}
