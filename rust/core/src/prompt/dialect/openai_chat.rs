//! OpenAI's chat completions.

use super::{
    Frame, comma, described, flag, float, integer, key, raw, text, texts, tool_list, worth,
};
use crate::json::write_string;
use crate::prompt::message::{Image, Message, Part, Role};
use crate::prompt::options::{ResponseFormat, Tool, ToolChoice};

pub(super) fn message(message: &Message, out: &mut String) {
    match message.role {
        Role::Tool => results(message, out),
        Role::Assistant => assistant(message, out),
        role => {
            out.push('{');
            text(out, "role", role.name());
            key(out, "content");
            content(message, out);
            out.push('}');
        }
    }
}

/// One message a result.
fn results(message: &Message, out: &mut String) {
    let mut first = true;
    for part in &message.parts {
        let Part::Result {
            call_id, content, ..
        } = part
        else {
            continue;
        };
        if !std::mem::take(&mut first) {
            out.push(',');
        }
        out.push_str("{\"role\":\"tool\"");
        text(out, "tool_call_id", call_id);
        text(out, "content", content);
        out.push('}');
    }
}

fn content(message: &Message, out: &mut String) {
    if !message.has_image() {
        write_string(out, &message.joined());
        return;
    }
    out.push('[');
    for part in worth(message, |part| {
        matches!(part, Part::Text(_) | Part::Image(_))
    }) {
        comma(out);
        match part {
            Part::Image(image) => {
                out.push_str("{\"type\":\"image_url\",\"image_url\":{\"url\":");
                url(image, out);
                out.push_str("}}");
            }
            Part::Text(text) => {
                out.push_str("{\"type\":\"text\",\"text\":");
                write_string(out, text);
                out.push('}');
            }
            _ => {}
        }
    }
    out.push(']');
}

/// The address of an image; its bytes in one, where it has none.
pub(super) fn url(image: &Image, out: &mut String) {
    match image {
        Image::Url(url) => write_string(out, url),
        Image::Data { media_type, base64 } => {
            write_string(out, &format!("data:{media_type};base64,"));
            out.pop();
            out.push_str(base64);
            out.push('"');
        }
    }
}

fn assistant(message: &Message, out: &mut String) {
    out.push_str("{\"role\":\"assistant\"");
    let calls = || {
        message
            .parts
            .iter()
            .filter(|part| matches!(part, Part::Call { .. }))
    };
    let said = message.joined();
    if said.is_empty() && calls().next().is_some() {
        raw(out, "content", "null");
    } else {
        text(out, "content", &said);
    }
    if calls().next().is_some() {
        key(out, "tool_calls");
        out.push('[');
        for part in calls() {
            if let Part::Call {
                id,
                name,
                arguments,
                ..
            } = part
            {
                comma(out);
                out.push('{');
                text(out, "id", id);
                raw(out, "type", "\"function\"");
                key(out, "function");
                out.push('{');
                text(out, "name", name);
                text(out, "arguments", arguments);
                out.push_str("}}");
            }
        }
        out.push(']');
    }
    out.push('}');
}

pub(super) fn tools(tools: &[Tool], out: &mut String) {
    tool_list(out, tools, |out, tool| {
        out.push_str("{\"type\":\"function\",\"function\":{");
        described(out, tool, "parameters");
        out.push_str("}}");
    });
}

pub(super) fn open(frame: &Frame<'_>, out: &mut String) {
    out.push('{');
    text(out, "model", &frame.options.model);
    if !frame.tools.is_empty() {
        raw(
            out,
            "tools",
            frame.tools.encoded(super::Dialect::OpenAiChat),
        );
    }
    messages(frame, out);
}

/// The list of messages with the system's, as far as the first of the transcript.
pub(super) fn messages(frame: &Frame<'_>, out: &mut String) {
    key(out, "messages");
    out.push('[');
    if let Some(system) = frame.system {
        out.push_str("{\"role\":\"system\",\"content\":");
        write_string(out, system);
        out.push('}');
    }
}

pub(super) fn close(frame: &Frame<'_>, out: &mut String) {
    let options = frame.options;
    out.push(']');
    choice_and_sampling(frame, "{\"function\":{", "}", out);
    integer(out, "max_tokens", options.max_tokens.map(i128::from));
    integer(out, "seed", options.seed.map(i128::from));
    texts(out, "stop", &options.stop);
    match &options.response_format {
        None => {}
        Some(ResponseFormat::JsonObject) => {
            raw(out, "response_format", "{\"type\":\"json_object\"}")
        }
        Some(ResponseFormat::JsonSchema {
            name,
            schema,
            strict,
        }) => {
            key(out, "response_format");
            out.push_str("{\"type\":\"json_schema\",\"json_schema\":{");
            json_schema(out, name, schema, *strict);
            out.push_str("}}");
        }
    }
    if options.stream {
        flag(out, "stream", true);
    }
}

/// Which tool to call, and how much is left to chance. Where one tool is asked for, its name stands between `open` and
/// `close`, and its type behind them.
pub(super) fn choice_and_sampling(frame: &Frame<'_>, open: &str, close: &str, out: &mut String) {
    let options = frame.options;
    if !frame.tools.is_empty() {
        match &options.tool_choice {
            None => {}
            Some(ToolChoice::Tool(name)) => {
                raw(out, "tool_choice", open);
                text(out, "name", name);
                out.push_str(close);
                raw(out, "type", "\"function\"");
                out.push('}');
            }
            Some(choice) => text(out, "tool_choice", choice.name()),
        }
        if let Some(parallel) = options.parallel_tool_calls {
            flag(out, "parallel_tool_calls", parallel);
        }
    }
    float(out, "temperature", options.temperature);
    float(out, "top_p", options.top_p);
}

pub(super) fn json_schema(out: &mut String, name: &str, schema: &str, strict: Option<bool>) {
    text(out, "name", name);
    raw(out, "schema", schema);
    if let Some(strict) = strict {
        flag(out, "strict", strict);
    }
}
