//! A disk that can lose power: what was not synced may be gone, in part and in any order.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::StorageBackend;

#[derive(Clone)]
enum Op {
    Write(u64, Vec<u8>),
    Length(u64),
}

#[derive(Default)]
struct Image {
    live: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<Op>,
    power: u64,
    /// Whether the power has failed and did not come back yet.
    off: bool,
    /// Whether a database was ever complete on it.
    born: bool,
    /// Nothing more fits on it.
    full: bool,
    syncs: u64,
    /// During which syncs the power fails.
    failing: Vec<(u64, Torn)>,
}

/// What of the writes before a sync survives the power failing at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Torn {
    /// None of them.
    Nothing,
    /// Some, drawn by chance.
    Part,
    /// All of them: the power failed right after.
    All,
}

/// The disk. Backends handed out before a power cut are dead after it.
#[derive(Clone, Default)]
pub struct Disk(Arc<Mutex<Image>>);

struct Backend {
    disk: Disk,
    power: u64,
}

fn apply(image: &mut Vec<u8>, op: &Op) {
    match op {
        Op::Write(offset, data) => {
            let start = usize::try_from(*offset).expect("fits");
            if image.len() < start + data.len() {
                image.resize(start + data.len(), 0);
            }
            image[start..start + data.len()].copy_from_slice(data);
        }
        Op::Length(length) => image.resize(usize::try_from(*length).expect("fits"), 0),
    }
}

impl Disk {
    fn lock(&self) -> MutexGuard<'_, Image> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A backend for the store.
    pub fn backend(&self) -> Box<dyn StorageBackend> {
        let power = self.lock().power;
        Box::new(Backend { disk: self.clone(), power })
    }

    /// A copy of what is safe on it, as a backup is.
    pub fn copy(&self) -> Self {
        let durable = self.lock().durable.clone();
        let image = Image { live: durable.clone(), durable, born: true, ..Image::default() };
        Self(Arc::new(Mutex::new(image)))
    }

    /// The power fails at these syncs, counted from 0.
    pub fn fail_at(&self, syncs: impl IntoIterator<Item = (u64, Torn)>) {
        self.lock().failing.extend(syncs);
    }

    /// A database was opened.
    pub fn born(&self) {
        self.lock().born = true;
    }

    /// What was left of a database that was never complete: on a real disk it has another name until
    /// it is, and is made anew. Answers whether it was so.
    pub fn was_stillborn(&self) -> bool {
        let mut image = self.lock();
        if !image.born {
            (image.live, image.durable, image.pending) = Default::default();
        }
        !image.born
    }

    /// Whether the power has failed by itself.
    pub fn is_off(&self) -> bool {
        self.lock().off
    }

    /// Syncs so far.
    pub fn syncs(&self) -> u64 {
        self.lock().syncs
    }

    /// Nothing more fits on it, or something does again.
    pub fn fill(&self, full: bool) {
        self.lock().full = full;
    }

    /// Everything that is on it.
    pub fn image(&self) -> Vec<u8> {
        self.lock().durable.clone()
    }

    /// Something else is on it.
    pub fn put(&self, bytes: &[u8]) {
        let mut image = self.lock();
        image.power += 1;
        image.pending.clear();
        (image.live, image.durable) = (bytes.to_vec(), bytes.to_vec());
    }

    /// The power fails: of the writes since the last sync, any may be there and any may be missing;
    /// a length may have changed without its content.
    pub fn cut_power(&self, random: &mut fastrand::Rng) {
        let mut image = self.lock();
        image.power += 1;
        image.off = false;
        let pending = std::mem::take(&mut image.pending);
        let keep_all = random.u8(..4) == 0;
        for op in &pending {
            if keep_all || random.bool() {
                apply(&mut image.durable, op);
            }
        }
        image.live = image.durable.clone();
    }
}

impl fmt::Debug for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Backend")
    }
}

impl Backend {
    fn image(&self) -> Result<MutexGuard<'_, Image>, io::Error> {
        let image = self.disk.lock();
        if image.power == self.power && !image.off {
            Ok(image)
        } else {
            Err(io::Error::other("the power failed"))
        }
    }
}

impl Backend {
    fn writable(&self) -> Result<MutexGuard<'_, Image>, io::Error> {
        let image = self.image()?;
        if image.full { Err(io::Error::from(io::ErrorKind::StorageFull)) } else { Ok(image) }
    }
}

impl StorageBackend for Backend {
    fn len(&self) -> Result<u64, io::Error> {
        Ok(self.image()?.live.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), io::Error> {
        let image = self.image()?;
        let start = usize::try_from(offset).expect("fits");
        let Some(found) = image.live.get(start..start + out.len()) else {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        };
        out.copy_from_slice(found);
        Ok(())
    }

    fn set_len(&self, len: u64) -> Result<(), io::Error> {
        let mut image = self.writable()?;
        let op = Op::Length(len);
        apply(&mut image.live, &op);
        image.pending.push(op);
        Ok(())
    }

    fn sync_data(&self) -> Result<(), io::Error> {
        let mut image = self.image()?;
        let this = image.syncs;
        image.syncs += 1;
        let torn = image.failing.iter().find(|(sync, _)| *sync == this).map(|(_, torn)| *torn);
        let pending = std::mem::take(&mut image.pending);
        for (n, op) in (0u64..).zip(&pending) {
            let stays = match torn {
                None | Some(Torn::All) => true,
                Some(Torn::Nothing) => false,
                // By chance, and the same each time the point is repeated.
                Some(Torn::Part) => (this * 31 + n * 17) % 5 < 2,
            };
            if stays {
                apply(&mut image.durable, op);
            }
        }
        if torn.is_some() {
            image.off = true;
            image.live = image.durable.clone();
            return Err(io::Error::other("the power failed"));
        }
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), io::Error> {
        let mut image = self.writable()?;
        let op = Op::Write(offset, data.to_vec());
        apply(&mut image.live, &op);
        image.pending.push(op);
        Ok(())
    }
}
