//! The wire dialects: how messages, tools and options are written for each. One file a dialect.

mod anthropic;
mod gemini;
mod ollama;
mod openai_chat;
mod openai_responses;

use super::message::{Message, Part};
use super::options::{CallOptions, Tool, Tools};
use crate::json::{Number, write_number, write_string};

/// A way of writing requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// OpenAI's chat completions, and the many servers that speak them.
    OpenAiChat,
    /// OpenAI's responses.
    OpenAiResponses,
    /// Anthropic's messages.
    Anthropic,
    /// Gemini's generateContent.
    Gemini,
    /// Ollama's own chat.
    Ollama,
}

/// What stands around the messages of a body.
pub(crate) struct Frame<'a> {
    pub(crate) system: Option<&'a str>,
    pub(crate) tools: &'a Tools,
    pub(crate) options: &'a CallOptions,
    /// The model is asked to go on after the user or the tools, so that what they said may be marked for the cache.
    pub(crate) cacheable: bool,
}

impl Dialect {
    /// All of them, by name.
    pub const ALL: [(&'static str, Self); 5] = [
        ("openai_chat", Self::OpenAiChat),
        ("openai_responses", Self::OpenAiResponses),
        ("anthropic", Self::Anthropic),
        ("gemini", Self::Gemini),
        ("ollama", Self::Ollama),
    ];

    /// The dialect of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|each| each.0 == name)
            .map(|each| each.1)
    }

    /// Append one message: one object, or several with commas between.
    pub(crate) fn message(self, message: &Message, out: &mut String) {
        match self {
            Self::OpenAiChat => openai_chat::message(message, out),
            Self::OpenAiResponses => openai_responses::message(message, out),
            Self::Anthropic => anthropic::message(message, out),
            Self::Gemini => gemini::message(message, out),
            Self::Ollama => ollama::message(message, out),
        }
    }

    /// Append the value of the field that holds the tools, of which there is at least one.
    pub(crate) fn tools(self, tools: &[Tool], out: &mut String) {
        match self {
            Self::OpenAiChat | Self::Ollama => openai_chat::tools(tools, out),
            Self::OpenAiResponses => openai_responses::tools(tools, out),
            Self::Anthropic => anthropic::tools(tools, out),
            Self::Gemini => gemini::tools(tools, out),
        }
    }

    /// Append the body up to the first message of the transcript.
    pub(crate) fn open(self, frame: &Frame<'_>, out: &mut String) {
        match self {
            Self::OpenAiChat => openai_chat::open(frame, out),
            Self::OpenAiResponses => openai_responses::open(frame, out),
            Self::Anthropic => anthropic::open(frame, out),
            Self::Gemini => gemini::open(frame, out),
            Self::Ollama => ollama::open(frame, out),
        }
    }

    /// Append the rest of the body, from the end of the list of messages on.
    pub(crate) fn close(self, frame: &Frame<'_>, out: &mut String) {
        match self {
            Self::OpenAiChat => openai_chat::close(frame, out),
            Self::OpenAiResponses => openai_responses::close(frame, out),
            Self::Anthropic => anthropic::close(frame, out),
            Self::Gemini => gemini::close(frame, out),
            Self::Ollama => ollama::close(frame, out),
        }
        for (name, value) in &frame.options.extra {
            raw(out, name, value);
        }
        out.push('}');
    }
}

/// A comma, unless what comes next is the first of its container.
pub(crate) fn comma(out: &mut String) {
    if !matches!(out.as_bytes().last(), Some(b'{' | b'[') | None) {
        out.push(',');
    }
}

/// The name of a field and its colon.
fn key(out: &mut String, name: &str) {
    comma(out);
    write_string(out, name);
    out.push(':');
}

/// A field of ready JSON.
fn raw(out: &mut String, name: &str, value: &str) {
    key(out, name);
    out.push_str(value);
}

fn text(out: &mut String, name: &str, value: &str) {
    key(out, name);
    write_string(out, value);
}

fn float(out: &mut String, name: &str, value: Option<f64>) {
    if let Some(value) = value {
        key(out, name);
        write_number(out, &Number::Float(value));
    }
}

fn integer(out: &mut String, name: &str, value: Option<i128>) {
    if let Some(value) = value {
        raw(out, name, &value.to_string());
    }
}

fn flag(out: &mut String, name: &str, value: bool) {
    raw(out, name, if value { "true" } else { "false" });
}

fn texts(out: &mut String, name: &str, values: &[String]) {
    if values.is_empty() {
        return;
    }
    key(out, name);
    out.push('[');
    for value in values {
        comma_in_list(out);
        write_string(out, value);
    }
    out.push(']');
}

/// A comma in a list of texts, of which one may itself end in a bracket.
fn comma_in_list(out: &mut String) {
    if out.ends_with('"') {
        out.push(',');
    }
}

/// A list of tools, each as `write` writes it.
fn tool_list(out: &mut String, tools: &[Tool], write: impl Fn(&mut String, &Tool)) {
    out.push('[');
    for (at, tool) in tools.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write(out, tool);
    }
    out.push(']');
}

/// Name and description of a tool, and its schema under the name that the dialect has for it.
fn described(out: &mut String, tool: &Tool, schema: &str) {
    text(out, "name", &tool.name);
    text(out, "description", &tool.description);
    raw(out, schema, &tool.parameters);
}

/// The parts that are neither empty text nor anything that `keep` refuses.
fn worth(message: &Message, keep: impl Fn(&Part) -> bool) -> impl Iterator<Item = &Part> {
    message.parts.iter().filter(move |part| {
        let empty = matches!(part, Part::Text(text) if text.is_empty());
        !empty && keep(part)
    })
}
