//! Gemma 3: a block fenced as `tool_code` with a call on each line.

use crate::toolcall::dialect::{Place, dialect};
use crate::toolcall::family::pythonic::{Form, PythonCalls, calls_follow};

dialect!(
    ToolCode, "tool_code", ["```tool_code\n", "```tool_call\n", "```tool_calls\n"],
    opens: |look, opener, _, _| calls_follow(&look, opener),
    machine: |_, opener, _| PythonCalls::boxed(
        Form {
            whole: true,
            ..Form::marked(&["```"])
        },
        opener,
    ),
    place: Place::Line,
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "tool_code",
            "Hm.\n```tool_code\nf(a=1, b=\"x\")\ng()\n```\nSo.",
            &[call("f", r#"{"a": 1, "b": "x"}"#), call("g", "{}")],
            "Hm.\n\nSo.",
        );
        check("tool_code", "```tool_code\nf(a=", &[], "```tool_code\nf(a=");
    }
}
