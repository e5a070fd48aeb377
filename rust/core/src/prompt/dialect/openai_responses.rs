//! OpenAI's responses.

use super::openai_chat::{choice_and_sampling, json_schema, url};
use super::{Frame, comma, described, flag, integer, key, raw, text, tool_list, worth};
use crate::json::write_string;
use crate::prompt::message::{Message, Part, Role};
use crate::prompt::options::{ResponseFormat, Tool};

/// The items of a message: what is said in one, each thought, call and result in one of its own, in order.
pub(super) fn message(message: &Message, out: &mut String) {
    let begin = out.len();
    let mut saying = false;
    let kind = if message.role == Role::Assistant {
        "output_text"
    } else {
        "input_text"
    };
    for part in worth(message, |_| true) {
        let said = matches!(part, Part::Text(_) | Part::Image(_));
        if saying && !said {
            out.push_str("]}");
        }
        if !(saying && said) && out.len() > begin && item(part) {
            out.push(',');
        }
        if said && !saying {
            out.push_str("{\"type\":\"message\"");
            text(out, "role", message.role.name());
            key(out, "content");
            out.push('[');
        }
        saying = said;
        match part {
            Part::Text(said) => {
                comma(out);
                out.push('{');
                text(out, "type", kind);
                text(out, "text", said);
                out.push('}');
            }
            Part::Image(image) => {
                comma(out);
                out.push_str("{\"type\":\"input_image\",\"image_url\":");
                url(image, out);
                out.push('}');
            }
            Part::Reasoning {
                text: thought,
                signature: Some(seal),
            } => {
                out.push_str("{\"type\":\"reasoning\",\"summary\":[");
                if !thought.is_empty() {
                    out.push_str("{\"type\":\"summary_text\",\"text\":");
                    write_string(out, thought);
                    out.push('}');
                }
                out.push(']');
                text(out, "encrypted_content", seal);
                out.push('}');
            }
            Part::Reasoning { .. } => {}
            Part::Call {
                id,
                name,
                arguments,
                ..
            } => {
                out.push_str("{\"type\":\"function_call\"");
                text(out, "call_id", id);
                text(out, "name", name);
                text(out, "arguments", arguments);
                out.push('}');
            }
            Part::Result {
                call_id, content, ..
            } => {
                out.push_str("{\"type\":\"function_call_output\"");
                text(out, "call_id", call_id);
                text(out, "output", content);
                out.push('}');
            }
        }
    }
    if saying {
        out.push_str("]}");
    }
    if out.len() == begin {
        // Nothing was said; an item must stand here all the same.
        out.push_str("{\"type\":\"message\"");
        text(out, "role", message.role.name());
        raw(out, "content", "[]");
        out.push('}');
    }
}

/// Whether anything is written of a part. A thought without the provider's seal cannot be sent back.
fn item(part: &Part) -> bool {
    !matches!(
        part,
        Part::Reasoning {
            signature: None,
            ..
        }
    )
}

pub(super) fn tools(tools: &[Tool], out: &mut String) {
    tool_list(out, tools, |out, tool| {
        out.push_str("{\"type\":\"function\"");
        described(out, tool, "parameters");
        out.push('}');
    });
}

pub(super) fn open(frame: &Frame<'_>, out: &mut String) {
    out.push('{');
    text(out, "model", &frame.options.model);
    if !frame.tools.is_empty() {
        raw(
            out,
            "tools",
            frame.tools.encoded(super::Dialect::OpenAiResponses),
        );
    }
    if let Some(system) = frame.system {
        text(out, "instructions", system);
    }
    key(out, "input");
    out.push('[');
}

pub(super) fn close(frame: &Frame<'_>, out: &mut String) {
    let options = frame.options;
    out.push(']');
    choice_and_sampling(frame, "{", "", out);
    integer(out, "max_output_tokens", options.max_tokens.map(i128::from));
    match &options.response_format {
        None => {}
        Some(ResponseFormat::JsonObject) => {
            raw(out, "text", "{\"format\":{\"type\":\"json_object\"}}")
        }
        Some(ResponseFormat::JsonSchema {
            name,
            schema,
            strict,
        }) => {
            key(out, "text");
            out.push_str("{\"format\":{\"type\":\"json_schema\"");
            json_schema(out, name, schema, *strict);
            out.push_str("}}");
        }
    }
    // Conversations are kept by the application's own store; the provider is to keep none.
    flag(out, "store", false);
    if options.stream {
        flag(out, "stream", true);
    }
}
