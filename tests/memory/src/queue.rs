//! A standard queue: at least once, in any order; what fails comes again, and after five receipts is laid aside.

use till_app::ports::Task;

/// Receipts before a message goes to the dead letters.
pub const MOST_RECEIVES: u8 = 5;

/// A message in the queue.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Queued {
    /// Its number.
    pub id: u32,
    /// What it says.
    pub task: Task,
    /// How often it was received.
    pub receives: u8,
}

/// The queue and its dead letters.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Queue {
    waiting: Vec<Queued>,
    dead: Vec<Task>,
    next_id: u32,
}

impl Queue {
    /// Puts a task in.
    pub fn send(&mut self, task: Task) {
        self.waiting.push(Queued { id: self.next_id, task, receives: 0 });
        self.next_id += 1;
    }

    /// Messages that can be received, a received one again until it is deleted.
    pub fn waiting(&self) -> &[Queued] {
        &self.waiting
    }

    /// Tasks that failed too often.
    pub fn dead(&self) -> &[Task] {
        &self.dead
    }

    /// What a message says, without receiving it.
    pub fn peek(&self, id: u32) -> Option<Task> {
        self.waiting.iter().find(|message| message.id == id).map(|message| message.task)
    }

    /// Receives a message: it stays until it is deleted, and after too many receipts is laid aside instead.
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

    /// Deletes a message that was dealt with.
    pub fn delete(&mut self, id: u32) {
        self.waiting.retain(|message| message.id != id);
    }

    /// Puts the dead letters back: always safe.
    pub fn redrive(&mut self) {
        for task in std::mem::take(&mut self.dead) {
            self.send(task);
        }
    }
}
