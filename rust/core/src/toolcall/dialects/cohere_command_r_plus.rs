//! Command R+: `Action:` and a fenced JSON list of `{"tool_name": ..., "parameters": {...}}`.

use crate::toolcall::dialect::{Place, dialect};
use crate::toolcall::family::json::{Form, JsonCalls};

dialect!(
    CohereCommandRPlus, "cohere_command_r_plus", ["Action:"],
    opens: |look, opener, _, _| {
        let at = look.skip_space(opener);
        Ok(look.starts(at, "```")? || look.byte(at)? == Some(b'['))
    },
    machine: |_, opener, _| JsonCalls::boxed(Form::marked(&["```"]), opener),
    place: Place::Line,
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "cohere_command_r_plus",
            "Plan.\nAction:\n```json\n[{\"tool_name\": \"f\", \"parameters\": {\"a\": 1}}]\n```",
            &[call("f", r#"{"a": 1}"#)],
            "Plan.\n",
        );
    }
}
