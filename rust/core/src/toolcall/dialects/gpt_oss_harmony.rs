//! gpt-oss: messages with a head, `<|channel|>commentary to=functions.f <|constrain|>json<|message|>{"a": 1}<|call|>`; Muse
//! writes such heads too (`to=f<|message|>`).

use crate::stream::reasoning::Think;
use crate::toolcall::dialect::{Cx, Look, Machine, Need, Outcome, Seek, dialect};
use crate::toolcall::family::named::{Marks, NamedCall, is_name};

const MESSAGE: &str = "<|message|>";
const MAX_HEAD: usize = 512;

static ENDS: &[&str] = &["<|end|>", "<|call|>", "<|return|>", "<|eom|>", "<|eot|>"];
static THINK: Think = Think {
    openers: &[],
    closers: ENDS,
};

static MARKS: Marks = Marks {
    after_name: &[MESSAGE],
    between: &[MESSAGE],
    closers: ENDS,
    name: called,
};

dialect!(
    GptOssHarmony, "gpt_oss_harmony", [
        "<|channel|>",
        "<|start|>",
        "to=",
        "assistant<|channel|>",
        "assistant to=",
        "commentary to=",
    ],
    opens: |look, _, before, _| match head(&look)? {
        Some((_, end)) => {
            look.byte(look.skip_space(end))?;
            Ok(before.line || look.starts(0, "<")?)
        }
        None => Ok(false),
    },
    machine: |look, _, _| match head(&look) {
        Ok(Some((head, end))) => {
            let json = look.byte(look.skip_space(end)) == Ok(Some(b'{'));
            if json && is_name(called(head).0) {
                NamedCall::boxed(&MARKS, 0)
            } else {
                Box::new(Head { end, hidden: hidden(head) })
            }
        }
        _ => Box::new(Head { end: 1, hidden: false }),
    },
);

/// The head, and where the message begins.
fn head<'a>(look: &Look<'a>) -> Need<Option<(&'a str, usize)>> {
    let mut window = *look;
    if look.text.len() > MAX_HEAD {
        let mut to = MAX_HEAD;
        while !look.text.is_char_boundary(to) {
            to -= 1;
        }
        window = Look {
            text: &look.text[..to],
            end: true,
        };
    }
    let found = Seek::from(0).find(&window, &[MESSAGE, "\n"])?;
    Ok(match found {
        Some((at, 0)) => Some((look.slice(0, at), at + MESSAGE.len())),
        _ => None,
    })
}

fn recipient(head: &str) -> Option<&str> {
    let at = head.find("to=")?;
    head[at + 3..].split([' ', '<', '\n']).next()
}

/// The tool that a head calls; nothing where it speaks to a person.
fn called(head: &str) -> (&str, Option<&str>) {
    let name = recipient(head).unwrap_or_default();
    let person = matches!(
        name,
        "user"
            | "assistant"
            | "commentary"
            | "all"
            | "self"
            | "developer"
            | "analysis"
            | "final"
            | "system"
    );
    (if person { "" } else { name }, None)
}

/// Whether a message is not for the user.
fn hidden(head: &str) -> bool {
    match recipient(head) {
        Some(recipient) => matches!(recipient, "self" | "developer" | "analysis"),
        None => head.contains("<|channel|>analysis"),
    }
}

/// A message that is no call.
#[derive(Debug)]
struct Head {
    end: usize,
    hidden: bool,
}

impl Machine for Head {
    fn step(&mut self, _: &mut Cx<'_, '_>) -> Need<Outcome> {
        Ok(if self.hidden {
            Outcome::Think(self.end, &THINK)
        } else {
            Outcome::Done(self.end)
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "gpt_oss_harmony",
            r#"<|channel|>analysis<|message|>t<|end|><|start|>assistant<|channel|>commentary to=functions.f <|constrain|>json<|message|>{"a": 1}<|call|>"#,
            &[call("f", r#"{"a": 1}"#)],
            "",
        );
        check(
            "gpt_oss_harmony",
            "<|channel|>final<|message|>Done: 3.<|return|>",
            &[],
            "Done: 3.",
        );
        check(
            "gpt_oss_harmony",
            r#"<|start|>assistant to=functions.f<|channel|>commentary<|message|>{"a": "x"#,
            &[call("f", r#"{"a": "x"}"#)],
            "",
        );
    }
}
