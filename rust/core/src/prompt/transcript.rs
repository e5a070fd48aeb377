//! An append-only list of messages whose copies share what they have in common.

use super::body::Out;
use super::dialect::Dialect;
use super::message::{Message, Role};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Deepest chain of logs; past it a branch copies what is before it, so that a look-up stays cheap.
const MAX_DEPTH: usize = 8;

/// What is kept of each message beside itself.
#[derive(Clone, Copy)]
struct Mark {
    role: Role,
    /// Tokens of all messages of this log up to and with this one.
    tokens: u64,
}

/// The messages of a log in the bytes of one dialect, one after the other, with commas between.
#[derive(Default, Clone)]
struct Encoded {
    text: String,
    /// Where each message ends in `text`, without its comma.
    ends: Vec<usize>,
}

/// Messages that were appended to one another. Transcripts are views of the first so many of a log; the one that sees
/// all of it appends to it, any other begins a log of its own.
struct Log {
    before: Option<(Transcript, u64)>,
    messages: Vec<Arc<Message>>,
    marks: Vec<Mark>,
    digests: Vec<[u8; 16]>,
    encoded: [Encoded; Dialect::ALL.len()],
}

/// An append-only list of messages with their token counts and, once they were asked for, their bytes for each dialect.
///
/// A clone costs two pointers and shares everything; appending to either leaves the other as it is. Safe to share
/// between threads.
#[derive(Clone)]
pub struct Transcript {
    log: Arc<Mutex<Log>>,
    /// Messages before those of this log.
    offset: usize,
    /// How many messages of the log are seen.
    seen: usize,
    depth: usize,
}

impl Default for Transcript {
    fn default() -> Self {
        Self::over(None, 0)
    }
}

fn lock(log: &Mutex<Log>) -> MutexGuard<'_, Log> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Transcript {
    fn over(before: Option<(Transcript, u64)>, offset: usize) -> Self {
        let depth = before.as_ref().map_or(0, |(before, _)| before.depth + 1);
        let log = Log {
            before,
            messages: Vec::new(),
            marks: Vec::new(),
            digests: Vec::new(),
            encoded: Default::default(),
        };
        Self {
            log: Arc::new(Mutex::new(log)),
            offset,
            seen: 0,
            depth,
        }
    }

    /// How many messages there are.
    pub fn len(&self) -> usize {
        self.offset + self.seen
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Append a message that counts as `tokens` tokens.
    pub fn append(&mut self, message: Message, tokens: u64) {
        {
            let mut log = lock(&self.log);
            if log.messages.len() == self.seen {
                let sum = log.marks.last().map_or(0, |mark| mark.tokens) + tokens;
                log.marks.push(Mark {
                    role: message.role,
                    tokens: sum,
                });
                log.digests.push(super::fingerprint::digest(&message));
                log.messages.push(Arc::new(message));
                self.seen += 1;
                return;
            }
        }
        // Somebody else has gone on from here already.
        *self = self.branch();
        self.append(message, tokens);
    }

    /// A transcript of the same messages with an empty log of its own behind them.
    fn branch(&self) -> Self {
        if self.depth + 1 < MAX_DEPTH {
            return Self::over(
                Some((self.clone(), self.tokens_until(self.len()))),
                self.len(),
            );
        }
        let mut flat = Self::over(None, 0);
        {
            let mut log = lock(&flat.log);
            let mut tokens = 0;
            for at in 0..self.len() {
                self.at(at, |from, index| {
                    let mark = from.marks[index];
                    let before = index.checked_sub(1).map_or(0, |at| from.marks[at].tokens);
                    tokens += mark.tokens - before;
                    log.marks.push(Mark {
                        role: mark.role,
                        tokens,
                    });
                    log.digests.push(from.digests[index]);
                    log.messages.push(from.messages[index].clone());
                });
            }
            flat.seen = log.messages.len();
        }
        flat
    }

    /// Look at the message of that number in its log.
    fn at<T>(&self, index: usize, look: impl FnOnce(&Log, usize) -> T) -> Option<T> {
        if index >= self.len() {
            return None;
        }
        let log = lock(&self.log);
        match index.checked_sub(self.offset) {
            Some(index) => Some(look(&log, index)),
            None => {
                let (before, _) = log.before.clone()?;
                drop(log);
                before.at(index, look)
            }
        }
    }

    /// The message of that number.
    pub fn message(&self, index: usize) -> Option<Arc<Message>> {
        self.at(index, |log, index| log.messages[index].clone())
    }

    /// Who speaks in the message of that number.
    pub fn role(&self, index: usize) -> Option<Role> {
        self.at(index, |log, index| log.marks[index].role)
    }

    pub(crate) fn digest(&self, index: usize) -> Option<[u8; 16]> {
        self.at(index, |log, index| log.digests[index])
    }

    /// The tokens of the first `end` messages. O(1).
    pub fn tokens_until(&self, end: usize) -> u64 {
        let end = end.min(self.len());
        let log = lock(&self.log);
        match end.checked_sub(self.offset) {
            Some(own) => {
                let before = log.before.as_ref().map_or(0, |(_, tokens)| *tokens);
                before + own.checked_sub(1).map_or(0, |at| log.marks[at].tokens)
            }
            None => match log.before.clone() {
                Some((before, _)) => {
                    drop(log);
                    before.tokens_until(end)
                }
                None => 0,
            },
        }
    }

    /// The tokens of the messages from `start` up to `end`.
    pub fn tokens_between(&self, start: usize, end: usize) -> u64 {
        self.tokens_until(end)
            .saturating_sub(self.tokens_until(start))
    }

    /// Append the messages from `start` up to `end` to `out` in the bytes of a dialect, with commas between. Those that
    /// this dialect has not seen yet are encoded and kept.
    pub(crate) fn write(&self, dialect: Dialect, start: usize, end: usize, out: &mut impl Out) {
        let end = end.min(self.len());
        if start >= end {
            return;
        }
        if start < self.offset {
            let before = lock(&self.log).before.clone();
            if let Some((before, _)) = before {
                before.write(dialect, start, end.min(self.offset), out);
                if end > self.offset {
                    out.text().push(',');
                }
            }
        }
        let Some(to) = end.checked_sub(self.offset).filter(|&to| to > 0) else {
            return;
        };
        let from = start.saturating_sub(self.offset);
        let mut log = lock(&self.log);
        let log = &mut *log;
        let encoded = &mut log.encoded[dialect as usize];
        while encoded.ends.len() < to {
            let message = &log.messages[encoded.ends.len()];
            if !encoded.ends.is_empty() {
                encoded.text.push(',');
            }
            dialect.message(message, &mut encoded.text);
            encoded.ends.push(encoded.text.len());
        }
        let begin = from.checked_sub(1).map_or(0, |at| encoded.ends[at] + 1);
        out.piece(&encoded.text[begin..encoded.ends[to - 1]]);
    }
}
