//! Machines that several dialects share.

pub(crate) mod gemma;
pub(crate) mod json;
pub(crate) mod keys;
pub(crate) mod named;
pub(crate) mod pythonic;
pub(crate) mod shape;
pub(crate) mod writer;
pub(crate) mod xml;
