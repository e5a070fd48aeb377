//! Python in `<tool_call>`: `<tool_call>f(city="NYC", days=3)</tool_call>`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::pythonic::{Form, PythonCalls, calls_follow};

dialect!(
    ToolCallPythonic, "tool_call_pythonic", ["<tool_call>"],
    opens: |look, opener, _, _| calls_follow(&look, opener),
    machine: |_, opener, _| PythonCalls::boxed(Form::marked(&["</tool_call>"]), opener),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "tool_call_pythonic",
            r#"<tool_call>f(x={"a": 1, "b": [2, true]})</tool_call>"#,
            &[call("f", r#"{"x": {"a": 1, "b": [2, true]}}"#)],
            "",
        );
    }
}
