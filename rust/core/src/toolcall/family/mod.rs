//! Machines that several dialects share.

pub(crate) mod json;
pub(crate) mod keys;
pub(crate) mod named;
pub(crate) mod writer;
pub(crate) mod xml;
