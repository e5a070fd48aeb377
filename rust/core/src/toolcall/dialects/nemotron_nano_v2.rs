//! Nemotron Nano 2: `<TOOLCALL>[{"name": ..., "arguments": {...}}]</TOOLCALL>`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::json::{Form, JsonCalls};

dialect!(
    NemotronNanoV2, "nemotron_nano_v2", ["<TOOLCALL>"],
    opens: |look, opener, _, _| Ok(matches!(look.byte(look.skip_space(opener))?, Some(b'{' | b'['))),
    machine: |_, opener, _| JsonCalls::boxed(Form::marked(&["</TOOLCALL>"]), opener),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "nemotron_nano_v2",
            "<TOOLCALL>[{\"name\": \"f\", \"arguments\": {\"a\": 1}}]</TOOLCALL>\n",
            &[call("f", r#"{"a": 1}"#)],
            "",
        );
    }
}
