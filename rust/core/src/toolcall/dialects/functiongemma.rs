//! FunctionGemma: `<start_function_call>call:f{a:1,b:<escape>x<escape>}<end_function_call>`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::gemma::{GemmaCall, Marks, name};

static MARKS: Marks = Marks {
    quote: "<escape>",
    closers: &["<end_function_call>"],
};

dialect!(
    Functiongemma, "functiongemma", ["<start_function_call>"],
    opens: |look, opener, _, _| Ok(name(&look, opener, &MARKS)?.is_some()),
    machine: |_, opener, _| GemmaCall::boxed(&MARKS, opener),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "functiongemma",
            "a <start_function_call>call:f{a:{b:true,c:<escape>x<escape>}}<end_function_call><start_function_call>call:g{}<end_function_call>",
            &[
                call("f", r#"{"a": {"b": true, "c": "x"}}"#),
                call("g", "{}"),
            ],
            "a ",
        );
    }
}
