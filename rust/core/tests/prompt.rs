//! Transcripts, windows and bodies.

use harness_core::json::{Value, parse_strict};
use harness_core::prompt::{
    CallOptions, Dialect, Image, Message, Part, Prompt, ResponseFormat, Role, Snippet, Tool,
    ToolChoice, Tools, Transcript, View, arguments_object,
};
use std::sync::Arc;

fn call(id: &str) -> Part {
    Part::Call {
        id: id.into(),
        name: "add".into(),
        arguments: "{\"a\": 1}".into(),
        signature: None,
    }
}

fn result(id: &str, is_error: bool) -> Part {
    Part::Result {
        call_id: id.into(),
        name: "add".into(),
        content: "two \"quoted\"\n".into(),
        is_error,
    }
}

/// User, assistant with two calls, their results, assistant: of 10, 20, 30 and 40 tokens.
fn turn(transcript: &mut Transcript, text: &str) {
    transcript.append(Message::text(Role::User, text), 10);
    let thought = Part::Reasoning {
        text: "hm".into(),
        signature: Some("sig".into()),
    };
    let calls = vec![thought, call("1"), call("2")];
    transcript.append(
        Message {
            role: Role::Assistant,
            parts: calls,
        },
        20,
    );
    transcript.append(
        Message {
            role: Role::Tool,
            parts: vec![result("1", false), result("2", true)],
        },
        30,
    );
    transcript.append(Message::text(Role::Assistant, "it is two"), 40);
}

fn options() -> CallOptions {
    CallOptions {
        model: "m".into(),
        temperature: Some(0.0),
        top_p: Some(0.5),
        max_tokens: Some(7),
        seed: Some(-3),
        stop: vec!["[".into(), "END".into()],
        tool_choice: Some(ToolChoice::named("add")),
        parallel_tool_calls: Some(false),
        response_format: Some(ResponseFormat::JsonSchema {
            name: "answer".into(),
            schema: "{\"type\":\"object\"}".into(),
            strict: Some(true),
        }),
        stream: true,
        extra: vec![("user".into(), "\"u1\"".into())],
    }
}

fn tools() -> Arc<Tools> {
    let tool = Tool {
        name: "add".into(),
        description: "Adds \u{2028} things".into(),
        parameters: "{\"type\":\"object\"}".into(),
    };
    Arc::new(Tools::new(vec![tool.clone(), tool], 5))
}

fn prompt(transcript: &Transcript, view: View, snippets: Vec<Snippet>) -> Prompt {
    Prompt::new(
        transcript.clone(),
        view,
        Some("Be \"brief\".".into()),
        tools(),
        snippets,
        3,
    )
}

fn body(prompt: &Prompt, dialect: Dialect, options: &CallOptions) -> String {
    let mut out = String::new();
    prompt.body(dialect, options, &mut out);
    out
}

fn get<'a>(value: &'a Value, name: &str) -> &'a Value {
    match value {
        Value::Object(pairs) => pairs
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
            .unwrap_or_else(|| panic!("no {name} in {value:?}")),
        _ => panic!("no object: {value:?}"),
    }
}

fn items(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        _ => panic!("no array: {value:?}"),
    }
}

fn messages_of(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::OpenAiResponses => "input",
        Dialect::Gemini => "contents",
        _ => "messages",
    }
}

#[test]
fn every_dialect_writes_json_with_every_message_once() {
    let mut transcript = Transcript::default();
    turn(&mut transcript, "first \u{0} é 🙂");
    let image = Image::of_bytes("image/png", b"\x89PNG");
    let seen = Message {
        role: Role::User,
        parts: vec![
            Part::Text("look".into()),
            Part::Image(image),
            Part::Image(Image::Url("https://x.test/a.png".into())),
        ],
    };
    transcript.append(seen, 9);
    let expected = [
        ("openai_chat", 7),
        ("openai_responses", 8),
        ("anthropic", 5),
        ("gemini", 5),
        ("ollama", 7),
    ];
    for ((name, dialect), (of, count)) in Dialect::ALL.into_iter().zip(expected) {
        assert_eq!(name, of);
        for options in [options(), CallOptions::default()] {
            let text = body(
                &prompt(&transcript, View::all(&transcript), vec![]),
                dialect,
                &options,
            );
            let value =
                parse_strict(&text).unwrap_or_else(|error| panic!("{name}: {error}: {text}"));
            assert_eq!(
                items(get(&value, messages_of(dialect))).len(),
                count,
                "{name}: {text}"
            );
        }
        // With a system prompt in the list of messages it is one more than what the transcript gives.
        let nothing = Prompt::new(
            Transcript::default(),
            View::default(),
            None,
            Arc::default(),
            vec![],
            0,
        );
        let text = body(&nothing, dialect, &CallOptions::default());
        assert!(parse_strict(&text).is_ok(), "{name}: {text}");
    }
}

#[test]
fn the_bytes_before_what_is_new_stay_as_they_were() {
    let mut transcript = Transcript::default();
    turn(&mut transcript, "one");
    for (name, dialect) in Dialect::ALL {
        let mut longer = transcript.clone();
        let before = body(
            &prompt(&transcript, View::all(&transcript), vec![]),
            dialect,
            &options(),
        );
        turn(&mut longer, "two");
        let after = body(
            &prompt(&longer, View::all(&longer), vec![]),
            dialect,
            &options(),
        );
        let last = before.find("it is two").map(|at| at + 9);
        let same = last.unwrap_or_else(|| panic!("{name}: {before}"));
        assert_eq!(before[..same], after[..same], "{name}");
    }
}

#[test]
fn anthropic_marks_tools_system_and_the_last_message() {
    let mut transcript = Transcript::default();
    transcript.append(Message::text(Role::User, "hi"), 1);
    let text = body(
        &prompt(&transcript, View::all(&transcript), vec![]),
        Dialect::Anthropic,
        &options(),
    );
    assert_eq!(text.matches("cache_control").count(), 3, "{text}");
    let value = parse_strict(&text).expect("JSON");
    let content = get(&items(get(&value, "messages"))[0], "content");
    assert!(matches!(
        get(&items(content)[0], "cache_control"),
        Value::Object(_)
    ));
    transcript.append(Message::text(Role::Assistant, "hello"), 1);
    let text = body(
        &prompt(&transcript, View::all(&transcript), vec![]),
        Dialect::Anthropic,
        &options(),
    );
    assert_eq!(text.matches("cache_control").count(), 2, "{text}");
}

#[test]
fn snippets_stand_before_the_last_words_of_the_user() {
    let mut transcript = Transcript::default();
    turn(&mut transcript, "one");
    transcript.append(Message::text(Role::User, "two"), 1);
    let snippet = Snippet {
        source: "a\"<b>".into(),
        text: "known".into(),
    };
    let text = body(
        &prompt(&transcript, View::all(&transcript), vec![snippet]),
        Dialect::OpenAiChat,
        &options(),
    );
    let value = parse_strict(&text).expect("JSON");
    let messages = items(get(&value, "messages"));
    assert_eq!(
        get(&messages[messages.len() - 1], "content"),
        &Value::String("two".into())
    );
    match get(&messages[messages.len() - 2], "content") {
        Value::String(text) => assert!(
            text.contains("known") && text.contains("source=\"a  b \""),
            "{text}"
        ),
        other => panic!("{other:?}"),
    }
}

#[test]
fn copies_share_what_is_before_and_go_on_apart() {
    let mut base = Transcript::default();
    turn(&mut base, "base");
    let mut branches: Vec<Transcript> = vec![base.clone()];
    for number in 0..30 {
        let mut next = branches[number].clone();
        next.append(Message::text(Role::User, &format!("n{number}")), 2);
        let mut other = branches[number].clone();
        other.append(Message::text(Role::User, "other"), 100);
        assert_eq!(
            other.tokens_until(other.len()),
            branches[number].tokens_until(usize::MAX) + 100
        );
        assert_eq!(other.len(), branches[number].len() + 1);
        branches.push(next);
    }
    let last = &branches[30];
    assert_eq!(last.len(), 34);
    assert_eq!(last.tokens_until(34), 160);
    assert_eq!(base.len(), 4);
    for number in 0..30 {
        let message = last.message(4 + number).expect("there");
        assert_eq!(message.parts, vec![Part::Text(format!("n{number}"))]);
    }
    // A fork of every branch again, deeper than a chain may be.
    let mut deep = base.clone();
    for number in 0..30 {
        let mut mine = deep.clone();
        deep.append(Message::text(Role::User, "theirs"), 1);
        mine.append(Message::text(Role::User, &format!("m{number}")), 1);
        deep = mine;
    }
    let text = body(
        &prompt(&deep, View::all(&deep), vec![]),
        Dialect::OpenAiChat,
        &options(),
    );
    assert!(parse_strict(&text).is_ok());
    for number in 0..30 {
        assert_eq!(text.matches(&format!("\"m{number}\"")).count(), 1);
    }
    assert!(!text.contains("theirs"));
    assert_eq!(deep.tokens_until(usize::MAX), 130);
}

#[test]
fn a_window_is_the_longest_that_fits_and_begins_with_no_result() {
    let mut transcript = Transcript::default();
    for number in 0..50 {
        turn(&mut transcript, &format!("turn {number}"));
    }
    let end = transcript.len();
    for budget in 0..=transcript.tokens_until(end) + 1 {
        let start = transcript.window(0, end, budget);
        assert!(transcript.tokens_between(start, end) <= budget);
        assert_ne!(transcript.role(start), Some(Role::Tool));
        // The next longer one that begins with no result does not fit.
        let longer = (0..start)
            .rev()
            .find(|&at| transcript.role(at) != Some(Role::Tool));
        if let Some(longer) = longer {
            assert!(transcript.tokens_between(longer, end) > budget, "{budget}");
        }
    }
    assert_eq!(transcript.window(8, end, u64::MAX), 8);
    assert_eq!(transcript.window(0, usize::MAX, u64::MAX), 0);
    assert_eq!(transcript.window(usize::MAX, 3, 5), 3);
}

#[test]
fn views_are_sorted_and_joined() {
    let view = View::of([5..9, 0..2, 1..3, 20..30, 9..10], 12);
    assert_eq!(view.ranges(), &[0..3, 5..10]);
    assert_eq!(view.len(), 8);
}

#[test]
fn a_fingerprint_is_of_what_can_change_the_answer() {
    let mut transcript = Transcript::default();
    turn(&mut transcript, "one");
    let of = |transcript: &Transcript, options: &CallOptions| {
        prompt(transcript, View::all(transcript), vec![]).fingerprint(options)
    };
    let first = of(&transcript, &options());
    // Known once and for all: it must be the same in every process and every version.
    assert_eq!(first.hex(), "7ac270a0c24b1bda35cc345971933383");
    let streamed = CallOptions {
        stream: false,
        ..options()
    };
    assert_eq!(of(&transcript, &streamed), first);
    for other in [
        CallOptions {
            seed: None,
            ..options()
        },
        CallOptions {
            model: "n".into(),
            ..options()
        },
        CallOptions {
            stop: vec![],
            ..options()
        },
        CallOptions {
            tool_choice: None,
            ..options()
        },
        CallOptions {
            extra: vec![],
            ..options()
        },
    ] {
        assert_ne!(of(&transcript, &other), first);
    }
    let mut same = Transcript::default();
    turn(&mut same, "zero");
    turn(&mut same, "one");
    let tail = prompt(&same, View::of(std::iter::once(4..8), 8), vec![]);
    assert_eq!(
        tail.fingerprint(&options()),
        first,
        "only what is seen counts, wherever it stands"
    );
    let mut other = Transcript::default();
    turn(&mut other, "One");
    assert_ne!(of(&other, &options()), first);
}

#[test]
fn arguments_are_sent_back_as_an_object() {
    assert_eq!(arguments_object("{\"a\": 1}"), "{\"a\": 1}");
    assert_eq!(arguments_object(""), "{}");
    assert_eq!(arguments_object("[1]"), "{\"unreadable\":\"[1]\"}");
    assert_eq!(
        arguments_object("{\"a\""),
        "{\"unreadable\":\"{\\\"a\\\"\"}"
    );
}
