//! Anthropic's messages.

use super::{
    Frame, comma, described, flag, float, integer, key, raw, text, texts, tool_list, worth,
};
use crate::json::write_string;
use crate::prompt::message::{Image, Message, Part, Role};
use crate::prompt::options::{ResponseFormat, Tool, ToolChoice};

/// Marks what stands before it, and itself, for the provider's cache. Four may stand in a request; three do: on the
/// last tool, on the system prompt and on the last message, from where the provider looks back by itself.
const MARK: &str = ",\"cache_control\":{\"type\":\"ephemeral\"}";

/// Most tokens of an answer where nothing is said: the dialect insists on a figure.
const MAX_TOKENS: i128 = 4096;

pub(super) fn message(message: &Message, out: &mut String) {
    let role = if message.role == Role::Assistant {
        "assistant"
    } else {
        "user"
    };
    out.push('{');
    text(out, "role", role);
    key(out, "content");
    out.push('[');
    // A thought without its seal would be refused.
    let known = |part: &Part| {
        !matches!(
            part,
            Part::Reasoning {
                signature: None,
                ..
            }
        )
    };
    for part in worth(message, known) {
        comma(out);
        block(part, out);
    }
    out.push_str("]}");
}

fn block(part: &Part, out: &mut String) {
    match part {
        Part::Text(said) => {
            out.push_str("{\"type\":\"text\"");
            text(out, "text", said);
        }
        Part::Reasoning {
            text: thought,
            signature,
        } => {
            out.push_str("{\"type\":\"thinking\"");
            text(out, "thinking", thought);
            text(out, "signature", signature.as_deref().unwrap_or_default());
        }
        Part::Image(Image::Url(url)) => {
            out.push_str("{\"type\":\"image\",\"source\":{\"type\":\"url\"");
            text(out, "url", url);
            out.push('}');
        }
        Part::Image(Image::Data { media_type, base64 }) => {
            out.push_str("{\"type\":\"image\",\"source\":{\"type\":\"base64\"");
            text(out, "media_type", media_type);
            text(out, "data", base64);
            out.push('}');
        }
        Part::Call {
            id,
            name,
            arguments,
            ..
        } => {
            out.push_str("{\"type\":\"tool_use\"");
            text(out, "id", id);
            text(out, "name", name);
            raw(out, "input", arguments);
        }
        Part::Result {
            call_id,
            content,
            is_error,
            ..
        } => {
            out.push_str("{\"type\":\"tool_result\"");
            text(out, "tool_use_id", call_id);
            text(out, "content", content);
            if *is_error {
                flag(out, "is_error", true);
            }
        }
    }
    out.push('}');
}

pub(super) fn tools(tools: &[Tool], out: &mut String) {
    tool_list(out, tools, |out, tool| {
        out.push('{');
        described(out, tool, "input_schema");
        out.push('}');
    });
    // Before the closing brace of the last tool.
    if !tools.is_empty() {
        out.insert_str(out.len() - 2, MARK);
    }
}

pub(super) fn open(frame: &Frame<'_>, out: &mut String) {
    out.push('{');
    text(out, "model", &frame.options.model);
    if !frame.tools.is_empty() {
        raw(out, "tools", frame.tools.encoded(super::Dialect::Anthropic));
    }
    if let Some(system) = frame.system.filter(|system| !system.is_empty()) {
        key(out, "system");
        out.push_str("[{\"type\":\"text\",\"text\":");
        write_string(out, system);
        out.push_str(MARK);
        out.push_str("}]");
    }
    key(out, "messages");
    out.push('[');
}

pub(super) fn close(frame: &Frame<'_>, out: &mut String) {
    let options = frame.options;
    if frame.cacheable && out.ends_with("}]}") {
        out.insert_str(out.len() - 3, MARK);
    }
    out.push(']');
    integer(
        out,
        "max_tokens",
        Some(options.max_tokens.map_or(MAX_TOKENS, i128::from)),
    );
    if !frame.tools.is_empty() {
        choice(frame, out);
    }
    float(out, "temperature", options.temperature);
    float(out, "top_p", options.top_p);
    texts(out, "stop_sequences", &options.stop);
    // Any JSON object is no mode of this dialect; who wants one says so in the prompt.
    if let Some(ResponseFormat::JsonSchema { schema, .. }) = &options.response_format {
        key(out, "output_config");
        out.push_str("{\"format\":{\"type\":\"json_schema\"");
        raw(out, "schema", schema);
        out.push_str("}}");
    }
    if options.stream {
        flag(out, "stream", true);
    }
}

fn choice(frame: &Frame<'_>, out: &mut String) {
    let single = frame.options.parallel_tool_calls == Some(false);
    let kind = match &frame.options.tool_choice {
        None if !single => return,
        None | Some(ToolChoice::Auto) => "auto",
        Some(ToolChoice::None) => "none",
        Some(ToolChoice::Required) => "any",
        Some(ToolChoice::Tool(_)) => "tool",
    };
    key(out, "tool_choice");
    out.push('{');
    text(out, "type", kind);
    if let Some(ToolChoice::Tool(name)) = &frame.options.tool_choice {
        text(out, "name", name);
    }
    if single && kind != "none" {
        flag(out, "disable_parallel_tool_use", true);
    }
    out.push('}');
}
