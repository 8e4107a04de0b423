//! A standard queue: it delivers at least once and in any order. A failed message comes again, and after five receipts
//! it becomes a dead letter.

use till_app::ports::Task;

/// Receipts before a message goes to the dead letters.
pub const MOST_RECEIVES: u8 = 5;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Queued {
    pub id: u32,
    pub task: Task,
    pub receives: u8,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Queue {
    waiting: Vec<Queued>,
    dead: Vec<Task>,
    next_id: u32,
}

impl Queue {
    pub fn send(&mut self, task: Task) {
        self.waiting.push(Queued { id: self.next_id, task, receives: 0 });
        self.next_id += 1;
    }

    /// Messages that can be received, a received one again until it is deleted.
    pub fn waiting(&self) -> &[Queued] {
        &self.waiting
    }

    pub fn dead(&self) -> &[Task] {
        &self.dead
    }

    pub fn peek(&self, id: u32) -> Option<Task> {
        self.waiting.iter().find(|message| message.id == id).map(|message| message.task)
    }

    /// Receives a message, which stays until it is deleted. After too many receipts it becomes a dead letter instead.
    pub fn receive(&mut self, id: u32) -> Option<Task> {
        let place = self.waiting.iter().position(|message| message.id == id)?;
        let message = &mut self.waiting[place];
        if message.receives == MOST_RECEIVES {
            let dead = self.waiting.remove(place);
            self.dead.push(dead.task);
            return None;
        }
        message.receives += 1;
        Some(message.task)
    }

    pub fn delete(&mut self, id: u32) {
        self.waiting.retain(|message| message.id != id);
    }

    /// Puts the dead letters back.
    pub fn redrive(&mut self) {
        for task in std::mem::take(&mut self.dead) {
            self.send(task);
        }
    }
}
