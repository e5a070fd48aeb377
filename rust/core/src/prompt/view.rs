//! Which messages of a transcript are seen.

use super::message::Role;
use super::transcript::Transcript;
use std::ops::Range;

/// Messages of a transcript, as ranges of their numbers: ascending, apart, none empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct View {
    ranges: Vec<Range<usize>>,
}

impl View {
    /// The view of the given ranges, in any order; what overlaps is joined, what is past `len` is left out.
    pub fn of(ranges: impl IntoIterator<Item = Range<usize>>, len: usize) -> Self {
        let mut sorted: Vec<_> = ranges
            .into_iter()
            .map(|range| range.start.min(len)..range.end.min(len))
            .filter(|range| !range.is_empty())
            .collect();
        sorted.sort_by_key(|range| range.start);
        let mut ranges: Vec<Range<usize>> = Vec::with_capacity(sorted.len());
        for range in sorted {
            match ranges.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => ranges.push(range),
            }
        }
        Self { ranges }
    }

    /// All of a transcript.
    pub fn all(transcript: &Transcript) -> Self {
        Self::of(std::iter::once(0..transcript.len()), transcript.len())
    }

    /// The ranges.
    pub fn ranges(&self) -> &[Range<usize>] {
        &self.ranges
    }

    /// How many messages are seen.
    pub fn len(&self) -> usize {
        self.ranges.iter().map(ExactSizeIterator::len).sum()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The tokens of the messages that are seen.
    pub fn tokens(&self, transcript: &Transcript) -> u64 {
        self.ranges
            .iter()
            .map(|range| transcript.tokens_between(range.start, range.end))
            .sum()
    }
}

impl Transcript {
    /// The first message of the longest window that ends at `end`, begins at `from` or later, and takes at most
    /// `budget` tokens; `end` where none fits. O(log n) in the length.
    ///
    /// A window never begins with the results of calls that are outside of it; of what fits, so many messages are given
    /// up as such results stand at its beginning.
    pub fn window(&self, from: usize, end: usize, budget: u64) -> usize {
        let end = end.min(self.len());
        let from = from.min(end);
        let until = self.tokens_until(end);
        let (mut low, mut high) = (from, end);
        // The smallest start whose tail fits: prefix sums grow with their number.
        while low < high {
            let middle = low + (high - low) / 2;
            if until - self.tokens_until(middle) <= budget {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        self.whole_from(low, end)
    }

    /// The first number from `start` on, at most `end`, that stands at no result of a call before it.
    pub fn whole_from(&self, start: usize, end: usize) -> usize {
        let mut start = start;
        while start < end && self.role(start) == Some(Role::Tool) {
            start += 1;
        }
        start
    }
}
