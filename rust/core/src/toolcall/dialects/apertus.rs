//! Apertus: `<|tools_prefix|>[{"f": {"a": 1}}]<|tools_suffix|>`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::json::{Form, JsonCalls};

dialect!(
    Apertus, "apertus", ["<|tools_prefix|>"],
    opens: |look, opener, _, _| Ok(look.byte(look.skip_space(opener))? == Some(b'[')),
    machine: |_, opener, _| JsonCalls::boxed(
        Form {
            keyed: true,
            ..Form::marked(&["<|tools_suffix|>"])
        },
        opener,
    ),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "apertus",
            r#"<|tools_prefix|>[{"f": {"a": 1}}, {"g": {}}]<|tools_suffix|>"#,
            &[call("f", r#"{"a": 1}"#), call("g", "{}")],
            "",
        );
    }
}
