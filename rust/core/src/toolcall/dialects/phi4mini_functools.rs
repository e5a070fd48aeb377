//! Phi-4 mini, Firefunction 2: `functools[{"name": ..., "arguments": {...}}]`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::json::{Form, JsonCalls};

dialect!(
    Phi4Functools, "phi4mini_functools", ["functools"],
    opens: |look, opener, _, _| Ok(matches!(look.byte(look.skip_space(opener))?, Some(b'['))),
    machine: |_, opener, _| JsonCalls::boxed(Form::marked(&[]), opener),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "phi4mini_functools",
            " functools[{\"name\": \"f\", \"arguments\": {\"a\": 1}}]\nMore.",
            &[call("f", r#"{"a": 1}"#)],
            " \nMore.",
        );
        check(
            "phi4mini_functools",
            "functools is a module",
            &[],
            "functools is a module",
        );
    }
}
