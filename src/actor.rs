//! Something that acts by itself: a struct with `step()`, which does one bounded thing and says
//! whether there is more to do. Production gives each a thread; the simulation picks the next step
//! by seed.

use crate::clock::Clock;
use crate::domain::time::Moment;

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Something; step again.
    Worked,
    /// Nothing before the moment, unless woken.
    Idle(Option<Moment>),
}

/// Something that acts by itself.
pub trait Actor: Send {
    /// For logs and traces.
    fn name(&self) -> &'static str;

    /// Does one bounded thing.
    fn step(&mut self, clock: &dyn Clock) -> Step;

    /// Whether a write that must not be repeated is out, or its answer is not settled yet: such an
    /// actor is stepped on while the program stops.
    fn owes(&self) -> bool {
        false
    }
}
