// memctl plugin 4: gives a session its memories. `memctl hooks remove opencode` takes it out.
// It only passes events on; whatever fails in here must not disturb the session.
import { spawn } from "node:child_process"

const COMMAND = ["memctl", "hook", "opencode"]
const own = Number(process.env.MEMCTL_HOOK_DEADLINE) // seconds until memctl gives up by itself, as it reads them
const DEADLINE = 1000 * ((own >= 0.01 ? Math.min(own, 5) : 1.5) + 2.5) // milliseconds; its start comes on top

function ask(event, fields) {
  return new Promise((resolve) => {
    try {
      const child = spawn(COMMAND[0], [...COMMAND.slice(1), event], { stdio: ["pipe", "pipe", "ignore"] })
      const timer = setTimeout(() => child.kill(), DEADLINE)
      let output = ""
      child.stdout.on("data", (part) => (output += part))
      child.on("error", () => resolve(""))
      child.on("close", () => {
        clearTimeout(timer)
        try {
          resolve(JSON.parse(output).context ?? "")
        } catch {
          resolve("")
        }
      })
      child.stdin.on("error", () => {})
      child.stdin.end(JSON.stringify({ hook_event_name: event, ...fields }))
    } catch {
      resolve("")
    }
  })
}

export const MemctlPlugin = async ({ directory }) => {
  const started = new Set() // sessions that have their index
  const compacted = new Map() // sessions without theirs, since they were compacted: what they are told until they have it
  const summaries = new Map() // of each session, the last summary that its requests carried
  const part = (text, message, n) => ({
    id: `prt_memctl_${Date.now()}_${n}`, sessionID: message.sessionID, messageID: message.id, type: "text", text, synthetic: true,
  })
  const start = (session) => ask("SessionStart", compacted.has(session.session_id) ? { ...session, source: "compact" } : session)
  const compact = (session) => {
    started.delete(session)
    compacted.set(session, null)
  }
  return {
    // Memory is data: it goes beside what the person said, never into the system prompt.
    "chat.message": async (input, output) => {
      const prompt = output.parts.filter((part) => part.type === "text" && !part.synthetic).map((part) => part.text).join("\n")
      const session = { session_id: input.sessionID, cwd: directory }
      const first = !started.has(input.sessionID)
      started.add(input.sessionID)
      const texts = await Promise.all([first ? start(session) : "", ask("UserPromptSubmit", { ...session, prompt })])
      if (compacted.delete(input.sessionID)) summaries.delete(input.sessionID) // this compaction has been answered
      texts.forEach((text, n) => {
        if (text) output.parts.push(part(text, output.message, n))
      })
    },
    // After a compaction opencode may go on by itself, with no message of the person that could carry the note. The
    // request itself says so, by a summary that the one before it had not: the event may come after it.
    "experimental.chat.messages.transform": async (_, { messages }) => {
      const last = messages?.findLast?.(({ info }) => info.role === "user")
      if (!last) return
      const session = last.info.sessionID
      const summary = messages.findLast(({ info }) => info.role === "assistant" && info.summary && info.finish)?.info.id
      if (summary && summaries.has(session) && summaries.get(session) !== summary) compact(session)
      summaries.set(session, summary)
      if (!compacted.has(session)) return
      if (compacted.get(session) === null) compacted.set(session, await start({ session_id: session, cwd: directory }))
      const text = compacted.get(session)
      if (text) last.parts.push(part(text, last.info, 0))
    },
    event: async ({ event }) => {
      const sessionID = event.properties?.sessionID
      if (event.type === "session.idle") await ask("Stop", { session_id: sessionID, cwd: directory })
      if (event.type === "session.compacted") {
        if (!compacted.has(sessionID)) compact(sessionID)
        await ask("PreCompact", { session_id: sessionID, cwd: directory })
      }
    },
  }
}
