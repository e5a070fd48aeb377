//! Gemini's generateContent. The model and whether to stream stand in the address, not in the body.

use super::{Frame, comma, described, float, integer, key, raw, text, texts, tool_list, worth};
use crate::json::write_string;
use crate::prompt::message::{Image, Message, Part, Role};
use crate::prompt::options::{ResponseFormat, Tool, ToolChoice};

pub(super) fn message(message: &Message, out: &mut String) {
    let role = if message.role == Role::Assistant {
        "model"
    } else {
        "user"
    };
    out.push('{');
    text(out, "role", role);
    key(out, "parts");
    out.push('[');
    for part in worth(message, |_| true) {
        comma(out);
        write(part, out);
    }
    out.push_str("]}");
}

fn write(part: &Part, out: &mut String) {
    out.push('{');
    match part {
        Part::Text(said) => text(out, "text", said),
        Part::Reasoning {
            text: thought,
            signature,
        } => {
            text(out, "text", thought);
            raw(out, "thought", "true");
            if let Some(seal) = signature {
                text(out, "thoughtSignature", seal);
            }
        }
        Part::Image(Image::Url(url)) => {
            out.push_str("\"fileData\":{");
            text(out, "fileUri", url);
            out.push('}');
        }
        Part::Image(Image::Data { media_type, base64 }) => {
            out.push_str("\"inlineData\":{");
            text(out, "mimeType", media_type);
            text(out, "data", base64);
            out.push('}');
        }
        Part::Call {
            name,
            arguments,
            signature,
            ..
        } => {
            out.push_str("\"functionCall\":{");
            text(out, "name", name);
            raw(out, "args", arguments);
            out.push('}');
            if let Some(seal) = signature {
                text(out, "thoughtSignature", seal);
            }
        }
        Part::Result {
            name,
            content,
            is_error,
            ..
        } => {
            out.push_str("\"functionResponse\":{");
            text(out, "name", name);
            key(out, "response");
            out.push('{');
            text(out, if *is_error { "error" } else { "result" }, content);
            out.push_str("}}");
        }
    }
    out.push('}');
}

pub(super) fn tools(tools: &[Tool], out: &mut String) {
    out.push_str("[{\"functionDeclarations\":");
    tool_list(out, tools, |out, tool| {
        out.push('{');
        described(out, tool, "parametersJsonSchema");
        out.push('}');
    });
    out.push_str("}]");
}

pub(super) fn open(frame: &Frame<'_>, out: &mut String) {
    out.push('{');
    if let Some(system) = frame.system {
        out.push_str("\"systemInstruction\":{\"parts\":[{\"text\":");
        write_string(out, system);
        out.push_str("}]}");
    }
    if !frame.tools.is_empty() {
        raw(out, "tools", frame.tools.encoded(super::Dialect::Gemini));
    }
    key(out, "contents");
    out.push('[');
}

pub(super) fn close(frame: &Frame<'_>, out: &mut String) {
    let options = frame.options;
    out.push(']');
    if let (false, Some(choice)) = (frame.tools.is_empty(), &options.tool_choice) {
        let mode = match choice {
            ToolChoice::Auto => "AUTO",
            ToolChoice::None => "NONE",
            ToolChoice::Required | ToolChoice::Tool(_) => "ANY",
        };
        key(out, "toolConfig");
        out.push_str("{\"functionCallingConfig\":{");
        text(out, "mode", mode);
        if let ToolChoice::Tool(name) = choice {
            texts(out, "allowedFunctionNames", std::slice::from_ref(name));
        }
        out.push_str("}}");
    }
    let begin = out.len();
    key(out, "generationConfig");
    out.push('{');
    let empty = out.len();
    float(out, "temperature", options.temperature);
    float(out, "topP", options.top_p);
    integer(out, "maxOutputTokens", options.max_tokens.map(i128::from));
    integer(out, "seed", options.seed.map(i128::from));
    texts(out, "stopSequences", &options.stop);
    match &options.response_format {
        None => {}
        Some(ResponseFormat::JsonObject) => text(out, "responseMimeType", "application/json"),
        Some(ResponseFormat::JsonSchema { schema, .. }) => {
            text(out, "responseMimeType", "application/json");
            raw(out, "responseJsonSchema", schema);
        }
    }
    if out.len() == empty {
        out.truncate(begin);
    } else {
        out.push('}');
    }
}
