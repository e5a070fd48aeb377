//! Prompts: transcript, window, fingerprint and request bodies.
