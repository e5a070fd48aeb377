//! Ollama's own chat.

use super::{Frame, comma, flag, float, integer, key, raw, text, texts};
use crate::json::write_string;
use crate::prompt::message::{Image, Message, Part, Role};
use crate::prompt::options::ResponseFormat;

pub(super) fn message(message: &Message, out: &mut String) {
    if message.role == Role::Tool {
        let mut first = true;
        for part in &message.parts {
            if let Part::Result { name, content, .. } = part {
                if !std::mem::take(&mut first) {
                    out.push(',');
                }
                out.push_str("{\"role\":\"tool\"");
                text(out, "tool_name", name);
                text(out, "content", content);
                out.push('}');
            }
        }
        return;
    }
    out.push('{');
    text(out, "role", message.role.name());
    text(out, "content", &message.joined());
    let thought: String = message
        .parts
        .iter()
        .filter_map(|part| match part {
            Part::Reasoning { text, .. } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    if !thought.is_empty() {
        text(out, "thinking", &thought);
    }
    images(message, out);
    calls(message, out);
    out.push('}');
}

/// Images are their bytes; an address, which the dialect has no place for, is left to the adapter to fetch or refuse.
fn images(message: &Message, out: &mut String) {
    let mut any = false;
    for part in &message.parts {
        if let Part::Image(Image::Data { base64, .. }) = part {
            if !std::mem::replace(&mut any, true) {
                key(out, "images");
                out.push('[');
            }
            comma(out);
            write_string(out, base64);
        }
    }
    if any {
        out.push(']');
    }
}

fn calls(message: &Message, out: &mut String) {
    let mut any = false;
    for part in &message.parts {
        if let Part::Call {
            name, arguments, ..
        } = part
        {
            if !std::mem::replace(&mut any, true) {
                key(out, "tool_calls");
                out.push('[');
            }
            comma(out);
            out.push_str("{\"function\":{");
            text(out, "name", name);
            raw(out, "arguments", arguments);
            out.push_str("}}");
        }
    }
    if any {
        out.push(']');
    }
}

pub(super) fn open(frame: &Frame<'_>, out: &mut String) {
    out.push('{');
    text(out, "model", &frame.options.model);
    if !frame.tools.is_empty() {
        raw(out, "tools", frame.tools.encoded(super::Dialect::Ollama));
    }
    super::openai_chat::messages(frame, out);
}

pub(super) fn close(frame: &Frame<'_>, out: &mut String) {
    let options = frame.options;
    out.push(']');
    let begin = out.len();
    key(out, "options");
    out.push('{');
    let empty = out.len();
    float(out, "temperature", options.temperature);
    float(out, "top_p", options.top_p);
    integer(out, "num_predict", options.max_tokens.map(i128::from));
    integer(out, "seed", options.seed.map(i128::from));
    texts(out, "stop", &options.stop);
    if out.len() == empty {
        out.truncate(begin);
    } else {
        out.push('}');
    }
    match &options.response_format {
        None => {}
        Some(ResponseFormat::JsonObject) => text(out, "format", "json"),
        Some(ResponseFormat::JsonSchema { schema, .. }) => raw(out, "format", schema),
    }
    // The dialect streams unless it is told not to.
    flag(out, "stream", options.stream);
}
