// memctl plugin 2: gives a session its memories. `memctl hooks remove opencode` takes it out.
// It only passes events on; whatever fails in here must not disturb the session.
import { spawn } from "node:child_process"

const COMMAND = ["memctl", "hook", "opencode"]
const DEADLINE = 4000 // milliseconds; memctl's own deadline is shorter

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
  return {
    // Memory is data: it goes beside what the person said, never into the system prompt.
    "chat.message": async (input, output) => {
      const prompt = output.parts.filter((part) => part.type === "text" && !part.synthetic).map((part) => part.text).join("\n")
      const session = { session_id: input.sessionID, cwd: directory }
      const first = !started.has(input.sessionID)
      started.add(input.sessionID)
      const texts = await Promise.all([first ? ask("SessionStart", session) : "", ask("UserPromptSubmit", { ...session, prompt })])
      const { id, sessionID } = output.message
      texts.forEach((text, n) => {
        if (text) output.parts.push({ id: `prt_memctl_${Date.now()}_${n}`, sessionID, messageID: id, type: "text", text, synthetic: true })
      })
    },
    event: async ({ event }) => {
      const sessionID = event.properties?.sessionID
      if (event.type === "session.idle") await ask("Stop", { session_id: sessionID, cwd: directory })
      if (event.type === "session.compacted") {
        started.delete(sessionID)
        await ask("PreCompact", { session_id: sessionID, cwd: directory })
      }
    },
  }
}
