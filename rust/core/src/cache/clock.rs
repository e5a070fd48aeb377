//! Time for a cache: exact where it matters, and cheap where it does not.

/// Tells a cache the time, in a unit of its own that never goes back.
pub trait Clock {
    /// The time.
    fn now(&self) -> u64;

    /// Whether `moment` has come.
    fn reached(&self, moment: u64) -> bool {
        moment <= self.now()
    }

    /// When a time of `span` from now is over.
    fn after(&self, span: u64) -> u64 {
        self.now().saturating_add(span)
    }
}

/// A moment that was read before, from any clock.
#[derive(Clone, Copy, Debug)]
pub struct At(pub u64);

impl Clock for At {
    fn now(&self) -> u64 {
        self.0
    }
}

/// The monotonic clock of the system, in nanoseconds. Time that the machine sleeps does not count on Linux.
///
/// Linux has two views of one clock: the exact one, and the exact one as it was at the last tick, at most 10 ms ago,
/// which costs a tenth, for it is a read of memory. That one will do where a second is near enough to nothing:
///
/// - `reached` knows that a moment more than a second after the last tick has not come; for a nearer one it asks the
///   exact view. So the answer is that of the exact clock, unless the kernel missed its ticks for a whole second, when
///   it may be late by what was missed.
/// - `after` counts a span of a second or more from the last tick, so it may end those 10 ms early, and never late.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[cfg(any(target_os = "linux", target_os = "android"))]
mod system {
    use super::{Clock, SystemClock};
    use rustix::time::{ClockId, clock_gettime};

    const SECOND: u64 = 1_000_000_000;
    /// A hundred times what the view of the last tick may lag behind.
    const FAR: u64 = SECOND;

    fn read(clock: ClockId) -> u64 {
        let time = clock_gettime(clock);
        // Neither is ever negative, and nanoseconds since the start of the machine fit for 584 years.
        time.tv_sec as u64 * SECOND + time.tv_nsec as u64
    }

    impl Clock for SystemClock {
        #[inline]
        fn now(&self) -> u64 {
            read(ClockId::Monotonic)
        }

        #[inline]
        fn reached(&self, moment: u64) -> bool {
            moment <= read(ClockId::MonotonicCoarse).saturating_add(FAR) && moment <= self.now()
        }

        #[inline]
        fn after(&self, span: u64) -> u64 {
            let now = if span < FAR {
                self.now()
            } else {
                read(ClockId::MonotonicCoarse)
            };
            now.saturating_add(span)
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod system {
    use super::{Clock, SystemClock};
    use std::sync::LazyLock;
    use std::time::Instant;

    static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

    impl Clock for SystemClock {
        fn now(&self) -> u64 {
            BEGIN.elapsed().as_nanos() as u64
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_near_and_far_are_told_apart() {
        let now = SystemClock.now();
        assert!(SystemClock.reached(now));
        assert!(SystemClock.reached(0));
        for seconds in [1, 60, 3600] {
            assert!(!SystemClock.reached(now + seconds * 60 * 1_000_000_000));
        }
        assert!(!SystemClock.reached(u64::MAX));
        assert!(SystemClock.now() >= now);
    }

    #[test]
    fn a_near_moment_is_reached_exactly() {
        // In between the ticks only the exact view moves.
        for _ in 0..1_000 {
            let moment = SystemClock.now() + 2_000;
            while !SystemClock.reached(moment) {}
            assert!(SystemClock.now() >= moment);
        }
    }

    #[test]
    fn a_span_ends_in_time() {
        for span in [1, 1_000_000, 999_999_999] {
            let now = SystemClock.now();
            let end = SystemClock.after(span);
            assert!((now + span..=SystemClock.now() + span).contains(&end));
        }
        // A busy machine may miss ticks, but not those of a minute.
        let span = 3_600_000_000_000;
        let now = SystemClock.now();
        let end = SystemClock.after(span);
        assert!((now + span - 60_000_000_000..=SystemClock.now() + span).contains(&end));
        assert_eq!(SystemClock.after(u64::MAX), u64::MAX);
    }

    #[test]
    fn a_moment_that_was_read_stands_still() {
        assert!(At(7).reached(7));
        assert!(!At(7).reached(8));
        assert_eq!(At(7).after(8), 15);
    }
}
