//! xLAM: `[{"name": ..., "arguments": {...}}]`, bare or fenced as JSON.

use crate::toolcall::dialect::{Look, Need, dialect};
use crate::toolcall::family::shape::{json_follows, machine, object_follows};

/// What may stand behind the backticks of a fence.
static INFO: &[&str] = &["json", "tool_calls", "tool_call", "tool_code"];

/// Where a fenced block's text begins; none if the fence says that it is something else.
fn fenced(look: &Look<'_>) -> Need<Option<usize>> {
    let mut at = 3;
    if let Some(len) = look.starts_any(at, INFO)? {
        at += len;
    }
    at = look.skip_blank(at);
    if look.byte(at)? == Some(b'\r') {
        at += 1;
    }
    Ok((look.byte(at)? == Some(b'\n')).then_some(at + 1))
}

dialect!(
    JsonListXlam, "json_list_xlam", ["[", "```"],
    opens: |look, opener, before, tools| {
        let free = before.nothing || !tools.is_empty();
        if opener == 1 {
            return Ok((before.line || free) && object_follows(&look, 1, tools)?);
        }
        match fenced(&look)? {
            Some(at) if before.line && free => json_follows(&look, at, tools),
            _ => Ok(false),
        }
    },
    machine: |look, opener, _| match fenced(&look) {
        Ok(Some(at)) if opener == 3 => machine(at, &["```"]),
        _ => machine(0, &[]),
    },
    shape: |_| true,
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check, check_with};

    #[test]
    fn cases() {
        check(
            "json_list_xlam",
            r#"[{"name": "f", "arguments": {"a": 1}}]"#,
            &[call("f", r#"{"a": 1}"#)],
            "",
        );
        check(
            "json_list_xlam",
            "```json\n[{\"name\": \"f\", \"arguments\": {\"a\": 1}}]\n```",
            &[call("f", r#"{"a": 1}"#)],
            "",
        );
        check(
            "json_list_xlam",
            r#"<think>t</think>[{"name": "f", "arguments": {"a": 1}}]"#,
            &[call("f", r#"{"a": 1}"#)],
            "",
        );
        check(
            "json_list_xlam",
            "For example:\n```json\n[{\"name\": \"f\", \"arguments\": {\"a\": 1}}]\n```\n",
            &[],
            "For example:\n```json\n[{\"name\": \"f\", \"arguments\": {\"a\": 1}}]\n```\n",
        );
        check_with(
            "json_list_xlam",
            r#"[{"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}, "s": {"type": "string"}}}}]"#,
            "Now:\n```json\n{\"name\": \"f\", \"arguments\": {\"a\": 1}}\n```\n",
            &[call("f", r#"{"a": 1}"#)],
            "Now:\n",
        );
        check(
            "json_list_xlam",
            r#"[{"name": "Bob", "age": 3}]"#,
            &[],
            r#"[{"name": "Bob", "age": 3}]"#,
        );
    }
}
