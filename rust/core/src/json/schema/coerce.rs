//! Bringing a value into the shape of a schema, at a cost that says how far it was from it.

use super::scalars::{boolean_in, choice_in, normal, number_in};
use super::{NodeId, Property, Rule, Schema, types};
use crate::json::candidates::{Options, repair};
use crate::json::tape::Pairs;
use crate::json::value::{Number, Value};

/// What a value that does not fit at all costs; it is kept as it is.
pub(crate) const MISFIT: u32 = 50;
const MISSING: u32 = 12;
const UNPLACED: u32 = 2;

/// A coercion under way.
pub(crate) struct Coercer<'a> {
    pub(crate) schema: &'a Schema,
    /// The text was still being written: what is required and not there yet is filled in empty.
    pub(crate) partial: bool,
    /// How many more values may be looked at before unions stop trying every branch.
    pub(crate) budget: usize,
    pub(crate) coerced: usize,
    pub(crate) renamed: usize,
    pub(crate) filled: usize,
}

/// The bit of a value's own type.
fn own_type(value: &Value) -> u8 {
    match value {
        Value::Null => types::NULL,
        Value::Bool(_) => types::BOOLEAN,
        Value::Number(Number::Int(_) | Number::BigInt(_)) => types::INTEGER | types::NUMBER,
        Value::Number(Number::Float(value)) if value.fract() == 0.0 && value.abs() < 9e15 => {
            types::INTEGER | types::NUMBER
        }
        Value::Number(_) => types::NUMBER,
        Value::String(_) => types::STRING,
        Value::Array(_) => types::ARRAY,
        Value::Object(_) => types::OBJECT,
    }
}

impl Coercer<'_> {
    /// Bring `value` into the shape of `node`. `wraps` is how many times a value may still be put into a list or an
    /// object that it lacks.
    pub(crate) fn coerce(
        &mut self,
        value: Value,
        node: NodeId,
        wraps: u32,
        depth: usize,
    ) -> (Value, u32) {
        if depth > 1024 {
            return (value, MISFIT);
        }
        self.budget = self.budget.saturating_sub(1);
        let schema = self.schema;
        let rule = schema.rule(node);
        if !rule.branches.is_empty() {
            return self.union(value, rule, wraps, depth);
        }
        if !rule.choices.is_empty() {
            return self.choice(value, rule);
        }
        if rule.types == 0 {
            return (value, 1);
        }
        let own = own_type(&value);
        if own & rule.types != 0 {
            return self.fitting(value, rule, wraps, depth);
        }
        self.convert(value, rule, wraps, depth)
    }

    /// The branch that fits best; the first of equals. A rule may have properties of its own beside its branches.
    fn union(&mut self, value: Value, rule: &Rule, wraps: u32, depth: usize) -> (Value, u32) {
        let mut best: Option<(Value, u32)> = None;
        if self.budget == 0 {
            // Nothing left for comparing: the first branch of the right type.
            let own = own_type(&value);
            let branch = rule
                .branches
                .iter()
                .find(|&&branch| self.schema.rule(branch).types & own != 0);
            return match branch {
                Some(&branch) => self.coerce(value, branch, wraps, depth + 1),
                None => (value, MISFIT),
            };
        }
        let before = (self.coerced, self.renamed, self.filled);
        let mut counts = before;
        for &branch in &rule.branches {
            (self.coerced, self.renamed, self.filled) = before;
            let (made, cost) = self.coerce(value.clone(), branch, wraps, depth + 1);
            if best.as_ref().is_none_or(|(_, least)| cost < *least) {
                counts = (self.coerced, self.renamed, self.filled);
                best = Some((made, cost));
                if cost == 0 {
                    break;
                }
            }
        }
        (self.coerced, self.renamed, self.filled) = counts;
        let (made, mut cost) = best.unwrap_or((value, MISFIT));
        if rule.properties.is_empty() || !matches!(made, Value::Object(_)) {
            return (made, cost);
        }
        let Value::Object(pairs) = made else {
            return (made, cost);
        };
        let (made, more) = self.object(pairs, rule, wraps, depth);
        cost += more;
        (made, cost)
    }

    fn choice(&mut self, value: Value, rule: &Rule) -> (Value, u32) {
        if rule.choices.iter().any(|choice| choice.value == value) {
            return (value, 0);
        }
        let text = match value {
            Value::String(text) => text,
            Value::Array(items) if !items.is_empty() => {
                let more = items.len() as u32;
                let first = items.into_iter().next().unwrap_or(Value::Null);
                let (made, cost) = self.choice(first, rule);
                return (made, cost + 4 + more);
            }
            Value::Object(pairs) if pairs.len() == 1 => {
                let inner = pairs[0].1.clone();
                let (made, cost) = self.choice(inner, rule);
                return if cost >= MISFIT {
                    (Value::Object(pairs), cost)
                } else {
                    (made, cost + 6)
                };
            }
            Value::Number(_) | Value::Bool(_) => {
                let equal = |choice: &&super::Choice| match (&choice.value, &value) {
                    (Value::Number(Number::Int(a)), Value::Number(Number::Float(b))) => {
                        *a as f64 == *b
                    }
                    (Value::Number(Number::Float(a)), Value::Number(Number::Int(b))) => {
                        *a == *b as f64
                    }
                    _ => false,
                };
                if let Some(choice) = rule.choices.iter().find(equal) {
                    return (choice.value.clone(), 0);
                }
                value.to_json()
            }
            other => return (other, MISFIT),
        };
        match choice_in(&text, &rule.choices) {
            Some((found, cost)) => {
                self.coerced += 1;
                (found.clone(), cost.max(1))
            }
            None => (Value::String(text), MISFIT),
        }
    }

    /// A value whose type is allowed: only what is inside it may need work.
    fn fitting(&mut self, value: Value, rule: &Rule, wraps: u32, depth: usize) -> (Value, u32) {
        match value {
            Value::Array(items) => self.array(items, rule, wraps, depth),
            Value::Object(pairs) => self.object(pairs, rule, wraps, depth),
            Value::Number(Number::Float(number)) if rule.types & types::NUMBER == 0 => {
                (Value::Number(Number::Int(number as i64)), 1)
            }
            other => (other, 0),
        }
    }

    fn array(&mut self, items: Vec<Value>, rule: &Rule, wraps: u32, depth: usize) -> (Value, u32) {
        let mut total = 0_u32;
        let mut made = Vec::with_capacity(items.len());
        for (at, item) in items.into_iter().enumerate() {
            match rule.prefix.get(at).copied().or(rule.items) {
                Some(node) => {
                    let (item, cost) = self.coerce(item, node, wraps, depth + 1);
                    total = total.saturating_add(cost);
                    made.push(item);
                }
                None => made.push(item),
            }
        }
        (Value::Array(made), total)
    }

    /// Place every pair of an object on the property it means; keep what fits none; fill what is missing.
    fn object(
        &mut self,
        pairs: Vec<(String, Value)>,
        rule: &Rule,
        wraps: u32,
        depth: usize,
    ) -> (Value, u32) {
        let mut total = 0_u32;
        let mut made = Pairs::with_capacity(pairs.len());
        let mut placed = vec![false; rule.properties.len()];
        let exact: Vec<Option<usize>> = pairs
            .iter()
            .map(|(key, _)| find(rule, key, &placed, 0))
            .collect();
        for place in exact.iter().flatten() {
            placed[*place] = true;
        }
        for ((key, value), place) in pairs.into_iter().zip(exact) {
            let place =
                place.or_else(|| (1..3).find_map(|looseness| find(rule, &key, &placed, looseness)));
            if let Some(at) = place {
                let property = &rule.properties[at];
                placed[at] = true;
                if property.name != key {
                    self.renamed += 1;
                    total = total.saturating_add(1);
                }
                let (value, cost) = self.coerce(value, property.node, wraps, depth + 1);
                total = total.saturating_add(cost);
                made.insert(property.name.clone(), value);
            } else if let Some(node) = rule.additional {
                let (value, cost) = self.coerce(value, node, wraps, depth + 1);
                total = total.saturating_add(cost);
                made.insert(key, value);
            } else {
                if !rule.properties.is_empty() {
                    total = total.saturating_add(UNPLACED);
                }
                made.insert(key, value);
            }
        }
        for (property, placed) in rule.properties.iter().zip(placed) {
            if placed {
                continue;
            }
            match self.filling(property) {
                Some(value) => {
                    self.filled += 1;
                    total = total.saturating_add(u32::from(property.required));
                    made.insert(property.name.clone(), value);
                }
                None if property.required => total = total.saturating_add(MISSING),
                None => {}
            }
        }
        (Value::Object(made.list), total)
    }

    /// What stands for a property that is not there.
    fn filling(&self, property: &Property) -> Option<Value> {
        let rule = self.schema.rule(property.node);
        if let Some(default) = self.schema.rules[property.node]
            .default
            .as_ref()
            .or(rule.default.as_ref())
        {
            return Some(default.clone());
        }
        if self.schema.nullable(property.node, 0) {
            return Some(Value::Null);
        }
        if !self.partial || !property.required {
            return None;
        }
        Some(match rule.types {
            types::ARRAY => Value::Array(Vec::new()),
            types::OBJECT if rule.properties.is_empty() => Value::Object(Vec::new()),
            _ => Value::Null,
        })
    }

    /// A value of another type than any that is allowed.
    fn convert(&mut self, value: Value, rule: &Rule, wraps: u32, depth: usize) -> (Value, u32) {
        if matches!(value, Value::Null) {
            return (value, if self.partial { 2 } else { 20 });
        }
        if let Some((made, cost)) = self.scalar(&value, rule.types) {
            self.coerced += 1;
            return (made, cost);
        }
        if let Value::String(text) = &value {
            // Containers written as text inside a string.
            if rule.types & (types::ARRAY | types::OBJECT) != 0
                && text.trim_start().starts_with(['{', '['])
            {
                self.budget = self.budget.saturating_sub(text.len());
                if self.budget > 0 {
                    if let Ok(inner) = repair(text, &Options::default()) {
                        if own_type(&inner.value) & rule.types != 0 {
                            self.coerced += 1;
                            let (made, cost) = self.fitting(inner.value, rule, wraps, depth + 1);
                            return (made, cost.saturating_add(2));
                        }
                    }
                }
            }
        }
        if wraps > 0 && rule.types & types::ARRAY != 0 {
            let (made, cost) = match rule.prefix.first().copied().or(rule.items) {
                Some(node) => self.coerce(value, node, wraps - 1, depth + 1),
                None => (value, 0),
            };
            self.coerced += 1;
            return (Value::Array(vec![made]), cost.saturating_add(3));
        }
        match value {
            Value::Array(mut items) if rule.types & types::ARRAY == 0 && !items.is_empty() => {
                let more = items.len() as u32;
                let first = items.swap_remove(0);
                let (made, cost) = if own_type(&first) & rule.types != 0 {
                    self.fitting(first.clone(), rule, wraps, depth + 1)
                } else {
                    self.scalar(&first, rule.types)
                        .unwrap_or((Value::Null, MISFIT))
                };
                if cost < MISFIT {
                    self.coerced += 1;
                    return (made, cost + 4 + more);
                }
                // Nothing of it fits: give it back whole.
                items.push(first);
                let last = items.len() - 1;
                items.swap(0, last);
                (Value::Array(items), MISFIT)
            }
            Value::Object(_) | Value::Array(_) if rule.types & types::STRING != 0 => {
                self.coerced += 1;
                (Value::String(value.to_json()), 15)
            }
            value
                if wraps > 0
                    && rule.types & types::OBJECT != 0
                    && !matches!(value, Value::Array(_)) =>
            {
                self.as_only_property(value, rule, wraps, depth)
            }
            other => (other, MISFIT),
        }
    }

    /// A scalar where an object with one required property stands: its value.
    fn as_only_property(
        &mut self,
        value: Value,
        rule: &Rule,
        wraps: u32,
        depth: usize,
    ) -> (Value, u32) {
        let mut wanted = rule.properties.iter().filter(|property| property.required);
        let (Some(property), None) = (wanted.next(), wanted.next()) else {
            return (value, MISFIT);
        };
        let original = value.clone();
        let (made, cost) = self.coerce(value, property.node, wraps - 1, depth + 1);
        if cost > 1 {
            return (original, MISFIT);
        }
        self.coerced += 1;
        let (made, more) = self.object(vec![(property.name.clone(), made)], rule, wraps - 1, depth);
        (made, cost + more + 8)
    }

    /// A scalar of another type.
    fn scalar(&self, value: &Value, allowed: u8) -> Option<(Value, u32)> {
        if allowed & (types::INTEGER | types::NUMBER) != 0 {
            let number = match value {
                Value::String(text) => number_in(text).map(|number| {
                    let plain = crate::json::number::loose(text.trim()).is_some();
                    (number, if plain { 2 } else { 4 })
                }),
                Value::Number(Number::Float(number)) => Some((*number, 6)),
                Value::Bool(flag) if allowed & types::STRING == 0 => {
                    Some((f64::from(u8::from(*flag)), 12))
                }
                _ => None,
            };
            if let Some((number, cost)) = number {
                let whole = allowed & types::NUMBER == 0 || number.fract() == 0.0;
                let integer = if let (Value::String(text), true) = (value, whole) {
                    text.trim().parse().ok()
                } else {
                    None
                };
                return Some(match integer {
                    Some(integer) => (Value::Number(Number::Int(integer)), cost),
                    None if allowed & types::NUMBER == 0 => {
                        (Value::Number(Number::Int(number.round() as i64)), cost + 2)
                    }
                    None => (Value::Number(Number::Float(number)), cost),
                });
            }
        }
        if allowed & types::BOOLEAN != 0 {
            let flag = match value {
                Value::String(text) => boolean_in(text).map(|flag| (flag, 3)),
                Value::Number(Number::Int(number @ 0..=1)) => Some((*number == 1, 4)),
                _ => None,
            };
            if let Some((flag, cost)) = flag {
                return Some((Value::Bool(flag), cost));
            }
        }
        if allowed & types::STRING != 0 && matches!(value, Value::Number(_) | Value::Bool(_)) {
            return Some((Value::String(value.to_json()), 3));
        }
        if allowed & types::NULL != 0 {
            if let Value::String(text) = value {
                if matches!(normal(text).as_str(), "null" | "none" | "na" | "nil" | "") {
                    return Some((Value::Null, 3));
                }
            }
        }
        None
    }
}

/// The property that a key means: 0 by name, 1 by alias, 2 without case and separators.
fn find(rule: &Rule, key: &str, placed: &[bool], looseness: u32) -> Option<usize> {
    let wanted = if looseness == 2 {
        normal(key)
    } else {
        String::new()
    };
    rule.properties
        .iter()
        .enumerate()
        .position(|(at, property)| match looseness {
            0 => property.name == key,
            1 => !placed[at] && property.aliases.iter().any(|alias| alias == key),
            _ => {
                !placed[at]
                    && !wanted.is_empty()
                    && (normal(&property.name) == wanted
                        || property.aliases.iter().any(|alias| normal(alias) == wanted))
            }
        })
}
