//! Objects, arrays, tuples and sets, with brackets and separators missing, doubled or mixed up.

use super::quotes::{After, opening};
use super::space::skip_space;
use super::{Frame, Parser, Place};
use crate::json::error::Error;
use crate::json::report::RepairKind;
use crate::json::tape::Node;

/// How reading the key of a pair went.
enum Pair {
    /// A key stands on the tape, its value comes next.
    Key,
    /// Nothing was pushed; go on.
    Skipped,
    /// The object turned out to be a set: its first item stands on the tape.
    Set,
    /// A key without a value stands on the tape.
    Lone,
}

impl Parser<'_> {
    /// Read the object whose `{` stands here.
    pub(crate) fn object(&mut self) -> Result<(), Error> {
        self.enter(Frame::Object)?;
        self.at += 1;
        let head = self.tape.nodes.len();
        self.push(Node::Object(0));
        let done = self.pairs(head, 0);
        self.leave();
        done
    }

    /// Read an object whose `{` is missing.
    pub(crate) fn object_body(&mut self) -> Result<(), Error> {
        self.enter(Frame::Object)?;
        let head = self.tape.nodes.len();
        self.push(Node::Object(0));
        let done = self.pairs(head, 0);
        self.leave();
        done
    }

    /// Read pairs until the object ends.
    fn pairs(&mut self, head: usize, mut count: u32) -> Result<(), Error> {
        let mut comma = true;
        let mut extra = 0_usize;
        let mut last = usize::MAX;
        loop {
            self.skip_trivia();
            let Some(byte) = self.byte(self.at) else {
                self.missing_closer();
                break;
            };
            match byte {
                b'}' => {
                    if comma && count > 0 {
                        self.note(RepairKind::ExtraComma, self.at);
                    }
                    self.at += 1;
                    if extra == 0 {
                        break;
                    }
                    extra -= 1;
                    continue;
                }
                b',' | b';' => {
                    if comma || byte == b';' {
                        self.note(RepairKind::ExtraComma, self.at);
                    }
                    comma = true;
                    self.at += 1;
                    continue;
                }
                b']' | b')' => {
                    if self.object_ends_at_other(byte) {
                        break;
                    }
                    continue;
                }
                b'`' if self.starts(self.at, b"```") => {
                    self.missing_closer();
                    break;
                }
                b'{' => {
                    if count > 0
                        && self.open.len() >= 2
                        && self.open[self.open.len() - 2] == Frame::Array
                    {
                        self.missing_closer();
                        break;
                    }
                    self.note(RepairKind::ExtraCloser, self.at);
                    extra += 1;
                    self.at += 1;
                    continue;
                }
                b'[' if last < self.tape.nodes.len() => {
                    self.more_items(last)?;
                    comma = false;
                    continue;
                }
                _ => {}
            }
            if let Some(end) = self.ellipsis_end(self.at) {
                self.note(RepairKind::Ellipsis, self.at);
                self.at = end;
                continue;
            }
            let before = self.mark();
            let from = self.at;
            match self.pair_key(count, comma)? {
                Pair::Skipped => {
                    if self.at == from {
                        self.at += 1;
                        while !self.text.is_char_boundary(self.at) {
                            self.at += 1;
                        }
                    }
                    continue;
                }
                Pair::Set => {
                    self.note(RepairKind::Tuple, from);
                    self.leave();
                    self.enter(Frame::Array)?;
                    return self.items(head, 1, Frame::Array);
                }
                Pair::Lone => {
                    self.push(Node::Null);
                    count += 1;
                }
                Pair::Key => {
                    self.skip_trivia();
                    let at = self.at;
                    let node = self.tape.nodes.len();
                    if self.value(Place::Member)? {
                        count += 1;
                        last = if matches!(self.tape.nodes[node], Node::Array(_)) {
                            node
                        } else {
                            usize::MAX
                        };
                    } else if at >= self.bytes.len()
                        || (self.partial && self.at >= self.bytes.len())
                    {
                        self.rewind(before);
                        self.note(RepairKind::DanglingKey, from);
                        continue;
                    } else if self.starts(at, b"```") {
                        self.rewind(before);
                        continue;
                    } else {
                        self.note(RepairKind::MissingValue, at);
                        self.push(Node::Null);
                        count += 1;
                        if self.byte(self.at) == Some(b':') {
                            self.at += 1;
                        }
                    }
                }
            }
            if !comma {
                self.note(RepairKind::MissingComma, from);
            }
            comma = false;
        }
        self.tape.nodes[head] = Node::Object(count);
        Ok(())
    }

    /// `"key": [1], [2]`: an array where a key could stand belongs to the array before it. Its items join the others,
    /// or it becomes an item itself where the others are arrays and its own are not.
    fn more_items(&mut self, last: usize) -> Result<(), Error> {
        self.note(RepairKind::ExtraCloser, self.at);
        let head = self.tape.nodes.len();
        self.array()?;
        let (Node::Array(before), Node::Array(more)) =
            (self.tape.nodes[last], self.tape.nodes[head])
        else {
            return Ok(());
        };
        let nested = |node: Option<&Node>| matches!(node, Some(Node::Array(_)));
        let as_item =
            nested(self.tape.nodes.get(last + 1)) && !nested(self.tape.nodes.get(head + 1));
        if as_item {
            self.tape.nodes[last] = Node::Array(before + 1);
        } else {
            self.tape.nodes.remove(head);
            self.tape.nodes[last] = Node::Array(before + more);
        }
        Ok(())
    }

    fn missing_closer(&mut self) {
        self.note(RepairKind::MissingCloser, self.at);
        if self.at >= self.bytes.len() {
            self.truncated = true;
        }
    }

    /// A `]` or `)` where a pair could stand: whether the object ends here.
    fn object_ends_at_other(&mut self, byte: u8) -> bool {
        let frame = if byte == b']' {
            Frame::Array
        } else {
            Frame::Paren
        };
        if self.has_open(frame) {
            self.missing_closer();
            return true;
        }
        self.note(RepairKind::ExtraCloser, self.at);
        self.at += 1;
        let next = skip_space(self.bytes, self.at);
        if self.byte(next) == Some(b',') {
            let key = self.peek_trivia(next + 1);
            if self.key_at(key) {
                return false;
            }
        }
        // Of the wrong kind, and nothing more for this object.
        if self.byte(next) == Some(b'}') {
            return false;
        }
        true
    }

    /// Read a key and what separates it from its value.
    fn pair_key(&mut self, count: u32, comma: bool) -> Result<Pair, Error> {
        let from = self.at;
        let before = self.mark();
        let quoted = opening(self.bytes, from).is_some();
        if quoted {
            if count > 0 && !comma && self.is_stray_quote(from) {
                self.note(RepairKind::StrayText, from);
                self.at += opening(self.bytes, from).map_or(1, |(_, len)| len);
                return Ok(Pair::Skipped);
            }
            self.quoted(Place::Key);
        } else if !self.bare_key() {
            return Ok(Pair::Skipped);
        }
        let end = self.at;
        self.skip_trivia();
        match self.byte(self.at) {
            Some(b':') => {
                self.at += 1;
                if matches!(self.byte(self.at), Some(b'=' | b':')) {
                    self.note(RepairKind::MissingColon, self.at);
                    self.at += 1;
                }
                return Ok(Pair::Key);
            }
            Some(b'=') => {
                self.note(RepairKind::MissingColon, self.at);
                self.at += 1 + usize::from(self.byte(self.at + 1) == Some(b'>'));
                return Ok(Pair::Key);
            }
            None => {
                self.rewind(before);
                self.note(RepairKind::DanglingKey, from);
                self.truncate_here();
                return Ok(Pair::Skipped);
            }
            Some(b',' | b'}' | b']' | b')' | b';') => {
                let digit = self.bytes[from].is_ascii_digit();
                if count == 0 && (quoted || digit) && self.byte(self.at) != Some(b']') {
                    if digit {
                        self.rewind(before);
                        self.at = from;
                        self.value(Place::Item)?;
                    }
                    return Ok(Pair::Set);
                }
                if !quoted && (!comma || count == 0) {
                    self.rewind(before);
                    self.note(RepairKind::StrayText, from);
                    self.weak += 1;
                    return Ok(Pair::Skipped);
                }
                self.note(RepairKind::MissingValue, self.at);
                return Ok(Pair::Lone);
            }
            Some(_) => {}
        }
        // No colon. A bare word before a key is a stray word; before a value it is a key.
        if !quoted {
            let spaced = self
                .text
                .get(from..end)
                .unwrap_or_default()
                .trim()
                .contains(' ');
            let key_follows = opening(self.bytes, self.at).is_some()
                && self.after_quoted(self.at) == After::Colon;
            if key_follows || spaced || self.starts(self.at, b"```") {
                self.rewind(before);
                self.note(RepairKind::StrayText, from);
                self.weak += 1;
                return Ok(Pair::Skipped);
            }
        }
        self.note(RepairKind::MissingColon, self.at);
        Ok(Pair::Key)
    }

    fn is_stray_quote(&mut self, at: usize) -> bool {
        let Some((_, len)) = opening(self.bytes, at) else {
            return false;
        };
        let to = self.peek_trivia(at + len);
        matches!(self.byte(to), None | Some(b',' | b'}' | b']'))
    }

    /// Read an unquoted key and push it. False, with something skipped, if there is none.
    fn bare_key(&mut self) -> bool {
        let start = self.at;
        let mut to = start;
        while let Some(byte) = self.byte(to) {
            match byte {
                b':' | b',' | b'{' | b'}' | b'[' | b']' | b'"' | b'\n' | b'\r' | b'=' | b'`'
                | b';' => break,
                b'\'' if to == start || self.bytes[to - 1] == b' ' => break,
                b'/' if matches!(self.byte(to + 1), Some(b'*' | b'/')) => break,
                0xe2 if opening(self.bytes, to).is_some() => break,
                _ => to += 1,
            }
        }
        let end = self.trim_end(start, to);
        self.at = to;
        if end == start {
            self.at = to.max(start + 1);
            while !self.text.is_char_boundary(self.at) {
                self.at += 1;
            }
            self.note(RepairKind::StrayText, start);
            return false;
        }
        // `key" : 1`: only the closing quote.
        if self.byte(to) == Some(b'"') && self.byte(skip_space(self.bytes, to + 1)) == Some(b':') {
            self.at = to + 1;
        }
        self.note(RepairKind::Unquoted, start);
        self.tape.push_raw(start, end);
        true
    }

    /// Read the array whose `[` stands here.
    pub(crate) fn array(&mut self) -> Result<(), Error> {
        self.enter(Frame::Array)?;
        self.at += 1;
        let head = self.tape.nodes.len();
        self.push(Node::Array(0));
        let done = self.items(head, 0, Frame::Array);
        self.leave();
        done
    }

    /// Read a value in parentheses: itself if it is alone, an array otherwise.
    pub(crate) fn paren(&mut self, _place: Place) -> Result<(), Error> {
        let from = self.at;
        self.enter(Frame::Paren)?;
        self.at += 1;
        let head = self.tape.nodes.len();
        self.push(Node::Array(0));
        let done = self.items(head, 0, Frame::Paren);
        self.leave();
        done?;
        self.note(RepairKind::Tuple, from);
        let tuple = self.bytes[from..self.at].len() > 1
            && self.bytes[..self.at.saturating_sub(1)]
                .iter()
                .rev()
                .find(|byte| !byte.is_ascii_whitespace())
                == Some(&b',');
        if self.tape.nodes[head] == Node::Array(1) && !tuple {
            self.tape.nodes.remove(head);
        }
        Ok(())
    }

    /// Read items until the array, set or tuple ends.
    fn items(&mut self, head: usize, mut count: u32, frame: Frame) -> Result<(), Error> {
        let mut comma = count == 0;
        let closer = if frame == Frame::Paren { b')' } else { b']' };
        let mut after_closer = false;
        loop {
            self.skip_trivia();
            let Some(byte) = self.byte(self.at) else {
                self.missing_closer();
                break;
            };
            match byte {
                _ if byte == closer => {
                    if comma && count > 0 {
                        self.note(RepairKind::ExtraComma, self.at);
                    }
                    self.at += 1;
                    break;
                }
                b',' | b';' => {
                    if comma || byte == b';' {
                        self.note(RepairKind::ExtraComma, self.at);
                    }
                    comma = true;
                    self.at += 1;
                    continue;
                }
                b'}' | b']' | b')' => {
                    if self.array_ends_at_other(byte, after_closer) {
                        break;
                    }
                    continue;
                }
                b'`' if self.starts(self.at, b"```") && !comma => {
                    self.missing_closer();
                    break;
                }
                b':' => {
                    self.note(RepairKind::StrayText, self.at);
                    self.at += 1;
                    continue;
                }
                _ => {}
            }
            if let Some(end) = self.ellipsis_end(self.at) {
                self.note(RepairKind::Ellipsis, self.at);
                self.at = end;
                continue;
            }
            let (from, item) = (self.at, self.tape.nodes.len());
            if !self.value(Place::Item)? {
                if self.starts(self.at, b"```") {
                    self.missing_closer();
                    break;
                }
                if self.at == from {
                    self.at += 1;
                    while !self.text.is_char_boundary(self.at) {
                        self.at += 1;
                    }
                }
                continue;
            }
            after_closer = matches!(self.bytes.get(self.at.wrapping_sub(1)), Some(b'}' | b']'));
            if !comma {
                self.note(RepairKind::MissingComma, from);
            }
            (comma, count) = (false, count + 1);
            if frame == Frame::Array && self.key_without_brace(item)? {
                after_closer = false;
            }
        }
        self.tape.nodes[head] = Node::Array(count);
        Ok(())
    }

    /// `["key": 1, "other": 2]`: the item was a key, whose brace is missing.
    fn key_without_brace(&mut self, item: usize) -> Result<bool, Error> {
        if item + 1 != self.tape.nodes.len()
            || !matches!(self.tape.nodes[item], Node::Raw { .. } | Node::Owned { .. })
        {
            return Ok(false);
        }
        let to = self.peek_trivia(self.at);
        if self.byte(to) != Some(b':') {
            return Ok(false);
        }
        self.note(RepairKind::MissingOpener, to);
        self.at = to + 1;
        self.tape.nodes.insert(item, Node::Object(0));
        self.enter(Frame::Object)?;
        let mut count = 1;
        if !self.value(Place::Member)? {
            self.push(Node::Null);
        }
        loop {
            let next = self.peek_trivia(self.at);
            if self.byte(next) == Some(b'}') {
                self.at = next + 1;
                break;
            }
            if self.byte(next) != Some(b',') {
                break;
            }
            let key = self.peek_trivia(next + 1);
            if !self.key_at(key) {
                break;
            }
            self.at = key;
            if !matches!(self.pair_key(count, true)?, Pair::Key) {
                break;
            }
            count += 1;
            if !self.value(Place::Member)? {
                self.push(Node::Null);
            }
        }
        self.leave();
        self.tape.nodes[item] = Node::Object(count);
        Ok(true)
    }

    /// A closer of another kind where an item could stand: whether the array ends here.
    fn array_ends_at_other(&mut self, byte: u8, after_closer: bool) -> bool {
        let outer = &self.open[..self.open.len().saturating_sub(1)];
        let frame = match byte {
            b'}' => Frame::Object,
            b']' => Frame::Array,
            _ => Frame::Paren,
        };
        let enclosing = outer.iter().rposition(|&other| other == frame);
        let next = skip_space(self.bytes, self.at + 1);
        match enclosing {
            Some(index) => {
                // `{"a": [1, 2}, "b": 3}`: the object goes on, so this closed the array and has the wrong shape.
                let direct = index + 1 == outer.len();
                let farther = outer[..index].contains(&Frame::Object);
                let goes_on =
                    direct && !farther && byte == b'}' && self.byte(next) == Some(b',') && {
                        let key = self.peek_trivia(next + 1);
                        self.key_at(key)
                    };
                if goes_on {
                    self.note(RepairKind::ExtraCloser, self.at);
                    self.at += 1;
                } else {
                    self.missing_closer();
                }
                true
            }
            None => {
                self.note(RepairKind::ExtraCloser, self.at);
                self.at += 1;
                let more = self.byte(next) == Some(b',') && next + 1 < self.bytes.len();
                !(after_closer && (more || self.byte(next) == Some(b']')))
            }
        }
    }
}
