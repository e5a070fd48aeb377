//! The marks that models put around their reasoning, and chat-template markup that says nothing.

/// One pair of marks.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Think {
    pub(crate) openers: &'static [&'static str],
    pub(crate) closers: &'static [&'static str],
}

/// Pairs.
pub(crate) static THINKS: &[Think] = &[
    Think {
        openers: &["<think>"],
        closers: &["</think>"],
    },
    Think {
        openers: &["<thinking>"],
        closers: &["</thinking>"],
    },
    Think {
        openers: &["<thought>"],
        closers: &["</thought>"],
    },
    Think {
        openers: &["<reasoning>"],
        closers: &["</reasoning>"],
    },
    Think {
        openers: &["<seed:think>"],
        closers: &["</seed:think>"],
    },
    Think {
        openers: &["<mm:think>"],
        closers: &["</mm:think>"],
    },
    Think {
        openers: &["<ifm|think>"],
        closers: &["</ifm|think>"],
    },
    Think {
        openers: &["[THINK]"],
        closers: &["[/THINK]"],
    },
    Think {
        openers: &["<|START_THINKING|>"],
        closers: &["<|END_THINKING|>"],
    },
    Think {
        openers: &["<|inner_prefix|>"],
        closers: &["<|inner_suffix|>"],
    },
    Think {
        openers: &["<|channel>thought\n", "<|channel>thought", "<|channel>"],
        closers: &["<channel|>"],
    },
    Think {
        openers: &["<|open|>think<|sep|>"],
        closers: &["<|close|>think<|sep|>"],
    },
    Think {
        openers: &["<|content_thinking|>"],
        closers: &["<|end_message|>"],
    },
    Think {
        openers: &["<|plamo:begin_think:plamo|>"],
        closers: &["<|plamo:end_think:plamo|>"],
    },
    Think {
        openers: &["◁think▷"],
        closers: &["◁/think▷"],
    },
];

/// Ends of reasoning whose beginning the chat template has written itself.
pub(crate) static STRAY_CLOSERS: &[&str] = &[
    "</think>",
    "</thinking>",
    "</seed:think>",
    "</mm:think>",
    "[/THINK]",
    "<|END_THINKING|>",
    "<|inner_suffix|>",
    "<|close|>think<|sep|>",
    "<|plamo:end_think:plamo|>",
    "◁/think▷",
];

/// Frames that are dropped where the second literal follows the first.
pub(crate) static FRAMES: &[(&str, &str)] = &[
    ("<tool_calls>", "<tool_call>"),
    ("<function_calls>", "<function="),
    ("<function_calls>", "<tool_call>"),
];

/// Markup that is dropped.
pub(crate) static NOISE: &[&str] = &[
    "<|im_end|>",
    "<|end|>",
    "<|return|>",
    "<|call|>",
    "<|eot|>",
    "<|eom|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<|end_of_text|>",
    "<|endoftext|>",
    "<|message_sep|>",
    "<|end_message|>",
    "<|message_model|>",
    "<|content_text|>",
    "<|content_model_end_sampling|>",
    "<|START_RESPONSE|>",
    "<|END_RESPONSE|>",
    "<|START_TEXT|>",
    "<|END_TEXT|>",
    "<|open|>response<|sep|>",
    "<|close|>response<|sep|>",
    "<|close|>message<|sep|>",
    "<|close|>tools<|sep|>",
    "<|open|>tools<|sep|>",
    "<turn|>",
    "<end_of_turn>",
    "<｜end▁of▁sentence｜>",
    "</s>",
    // Frames around calls that have marks of their own.
    "</tool_calls>",
    "</function_calls>",
    "<|/tool_call|>",
    "</｜DSML｜tool_calls>",
    "</｜DSML｜function_calls>",
    "<｜tool▁calls▁begin｜>",
    "<|tool▁calls▁begin|>",
    "<|tool▁calls▁end|>",
    "<|end▁of▁sentence|>",
    "<｜tool▁calls▁end｜>",
    "<｜tool_calls_begin｜>",
    "<｜tool_calls_end｜>",
    "<|tool_calls_section_begin|>",
    "<|tool_calls_section_end|>",
    "<ifm|tool_calls>",
    "</ifm|tool_calls>",
    "<|plamo:begin_tool_requests:plamo|>",
    "<|plamo:end_tool_requests:plamo|>",
];
