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

    /// The power fails: of the writes since the last sync, any may be there and any may be missing;
    /// a length may have changed without its content.
    pub fn cut_power(&self, random: &mut fastrand::Rng) {
        let mut image = self.lock();
        image.power += 1;
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
        if image.power == self.power {
            Ok(image)
        } else {
            Err(io::Error::other("the power failed"))
        }
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
        let mut image = self.image()?;
        let op = Op::Length(len);
        apply(&mut image.live, &op);
        image.pending.push(op);
        Ok(())
    }

    fn sync_data(&self) -> Result<(), io::Error> {
        let mut image = self.image()?;

        let pending = std::mem::take(&mut image.pending);
        for op in &pending {
            apply(&mut image.durable, op);
        }
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), io::Error> {
        let mut image = self.image()?;
        let op = Op::Write(offset, data.to_vec());
        apply(&mut image.live, &op);
        image.pending.push(op);
        Ok(())
    }
}
