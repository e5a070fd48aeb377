//! IFM K2: `<ifm|tool_call>f<ifm|arg_key>a</ifm|arg_key><ifm|arg_value>1</ifm|arg_value></ifm|tool_call>`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::keys::{KeyedCall, Marks, name_follows};
use crate::toolcall::typed::Untyped;

static MARKS: Marks = Marks {
    after_name: &[],
    key: ("<ifm|arg_key>", "</ifm|arg_key>"),
    kind: Some(("<ifm|arg_type>", "</ifm|arg_type>")),
    value: ("<ifm|arg_value>", "</ifm|arg_value>"),
    end: "</ifm|tool_call>",
    next: "<ifm|tool_call>",
    untyped: Untyped::Json,
};

dialect!(
    K2Horizon, "k2_horizon", ["<ifm|tool_call>"],
    opens: |look, opener, _, _| name_follows(look, opener, &MARKS),
    machine: |_, opener, _| KeyedCall::boxed(&MARKS, opener),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "k2_horizon",
            "<ifm|tool_calls><ifm|tool_call>f<ifm|arg_key>s</ifm|arg_key><ifm|arg_type>string</ifm|arg_type><ifm|arg_value>1</ifm|arg_value></ifm|tool_call></ifm|tool_calls>",
            &[call("f", r#"{"s": "1"}"#)],
            "",
        );
    }
}
