//! What a turn costs: bodies of few and of many messages, and windows. `cargo bench -p harness-core --bench prompt`
//!
//! - `body/10 messages`: one op is one whole body of ten messages that were encoded before, written into one buffer that
//!   is used again and again; the figure a message is a tenth of it. Allocations an op are counted and printed first.
//! - `append and body/N`: one op is one message appended to a transcript of N and the next body.
//! - `window/N`: one op is the search for the window of a prepared transcript that takes half of its tokens; the figure
//!   a message skipped is that over N / 2.

#![allow(missing_docs, reason = "criterion's macro writes a function")]

use criterion::{Criterion, criterion_group, criterion_main};
use harness_core::prompt::{CallOptions, Dialect, Message, Prompt, Role, Transcript, View};
use std::hint::black_box;
use std::sync::Arc;

const TEXT: &str =
    "What do you make of the second paragraph, and does the \"third\" one follow from it?";

fn transcript(messages: usize) -> Transcript {
    let mut transcript = Transcript::default();
    for number in 0..messages {
        let role = if number % 2 == 0 {
            Role::User
        } else {
            Role::Assistant
        };
        transcript.append(Message::text(role, TEXT), 20);
    }
    transcript
}

fn prompt(transcript: &Transcript) -> Prompt {
    let view = View::all(transcript);
    Prompt::new(transcript.clone(), view, None, Arc::default(), vec![], 0)
}

fn options() -> CallOptions {
    CallOptions {
        model: "gpt-4o".into(),
        ..CallOptions::default()
    }
}

fn bodies(criterion: &mut Criterion) {
    let options = options();
    let (short, mut out) = (prompt(&transcript(10)), String::new());
    let mut write = || {
        out.clear();
        short.body(Dialect::OpenAiChat, &options, &mut out);
        black_box(out.len());
    };
    write();
    let counted = allocation_counter::measure(&mut write);
    assert_eq!(
        counted.count_total, 0,
        "a body into a used buffer allocates nothing"
    );
    criterion.bench_function("body/10 messages", |bencher| bencher.iter(&mut write));

    for messages in [2_000, 20_000] {
        let (base, mut out) = (transcript(messages), String::new());
        prompt(&base).body(Dialect::OpenAiChat, &options, &mut out);
        let mut growing = base.clone();
        let id = format!("append and body/{messages}");
        criterion.bench_function(&id, |bencher| {
            bencher.iter(|| {
                growing.append(Message::text(Role::User, TEXT), 20);
                out.clear();
                let end = growing.len();
                let view = View::of(std::iter::once(end - messages..end), end);
                let prompt = Prompt::new(growing.clone(), view, None, Arc::default(), vec![], 0);
                prompt.body(Dialect::OpenAiChat, &options, &mut out);
                black_box(out.len());
            });
        });
    }
}

fn windows(criterion: &mut Criterion) {
    for messages in [1_000, 10_000, 100_000] {
        let long = transcript(messages);
        let budget = long.tokens_until(messages) / 2;
        let id = format!("window/{messages}");
        criterion.bench_function(&id, |bencher| {
            bencher.iter(|| black_box(long.window(0, messages, black_box(budget))));
        });
    }
}

criterion_group!(benches, bodies, windows);
criterion_main!(benches);
