/*
 * The arithmetic of src/domain/rate-window.ts inside Redis, whose clock all replicas count by. Each bucket is a hash from
 * `<slot>:<replica>` to what that replica let through in that slot. A test holds both against each other.
 *
 * Every replica knows its own counts and sends them with each question. They only grow, so the greater one stands: that tells
 * what it let through while nobody answered, and brings back what Redis has lost after a FLUSHALL or a failover, and does nothing
 * when it comes twice. Who asks under another epoch than the present one, which begins when there is none, is answered -1.
 */

export const RATE_SCRIPT = `
local SLOT_MS, SLOTS = 3000, 20
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return { -1 } end
local limit, demand, block = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local me = ARGV[5]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local slot = math.floor(now / SLOT_MS)
local first = slot - SLOTS - 1

local counts, own = {}, {}
for at = first, slot do counts[at], own[at] = 0, 0 end
local function count(at, more) counts[at] = counts[at] + more end
local function put(at, mine)
  count(at, mine - own[at])
  own[at] = mine
  redis.call('HSET', KEYS[1], at .. ':' .. me, mine)
end

local stored = redis.call('HGETALL', KEYS[1])
for i = 1, #stored, 2 do
  local at, who = string.match(stored[i], '^(%d+):(.*)$')
  at = tonumber(at)
  if at < first then
    redis.call('HDEL', KEYS[1], stored[i])
  else
    at = math.min(at, slot)
    count(at, tonumber(stored[i + 1]))
    if who == me then own[at] = own[at] + tonumber(stored[i + 1]) end
  end
end
for i = 6, #ARGV, 2 do
  local at, mine = tonumber(ARGV[i]), tonumber(ARGV[i + 1])
  if at < 0 or at > slot then at = slot end
  if at >= first and mine > own[at] then put(at, mine) end
end

local total = 0
for at = first, slot do total = total + counts[at] end
local leaving = counts[slot - SLOTS]
local part = (now % SLOT_MS) / SLOT_MS
local weighted = total - counts[first] - leaving + math.max(0, leaving * (1 - part) - 1)
local room = math.max(0, math.floor(math.min(limit - weighted, limit * 1.1 - total) + 0.000001))

local granted = math.min(demand, room)
if weighted + block <= limit / 2 then granted = math.max(granted, math.min(block, room)) end
if granted > 0 then put(slot, own[slot] + granted) end
redis.call('PEXPIRE', KEYS[1], (SLOTS + 2) * SLOT_MS)

local reply = { granted, now }
for at = first, slot do
  if counts[at] > 0 then
    reply[#reply + 1] = at
    reply[#reply + 1] = counts[at]
    reply[#reply + 1] = own[at]
  end
end
return reply
`

/** Notes that a replica lives, forgets those that were silent for 15 s, and tells how many there are, which of them asks, and
 *  the epoch. */
export const REPLICA_SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - 15000)
redis.call('PEXPIRE', KEYS[1], 60000)
local epoch = redis.call('GET', KEYS[2])
if not epoch then
  epoch = time[1] .. string.format('%06d', time[2])
  redis.call('SET', KEYS[2], epoch)
end
local all = redis.call('ZRANGE', KEYS[1], 0, -1)
table.sort(all)
for rank, id in ipairs(all) do
  if id == ARGV[1] then return { #all, rank - 1, epoch } end
end
`

/** A hash from replica to `<requests that run>:<when it said so>`. Answers 1 unless all together are more than the limit, which
 *  is -1 for none. */
export const IN_FLIGHT_SCRIPT = `
local me, mine, limit = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local all = mine
local stored = redis.call('HGETALL', KEYS[1])
for i = 1, #stored, 2 do
  local count, at = string.match(stored[i + 1], '^(%d+):(%d+)$')
  if now - tonumber(at) > 15000 then
    redis.call('HDEL', KEYS[1], stored[i])
  elseif stored[i] ~= me then
    all = all + tonumber(count)
  end
end
local isFine = limit < 0 or all <= limit
if not isFine then mine = mine - 1 end
if mine > 0 then
  redis.call('HSET', KEYS[1], me, mine .. ':' .. string.format('%.0f', now))
else
  redis.call('HDEL', KEYS[1], me)
end
redis.call('PEXPIRE', KEYS[1], 30000)
return { isFine and 1 or 0 }
`

/** A hash from replica to what it let through on the day that the bucket is named for. Own counts only grow, so the greater of
 *  the stored one and the told one stands. Answers what was granted, the own count and that of all others. */
export const DAILY_SCRIPT = `
local me = ARGV[1]
local own, told = tonumber(ARGV[2]), tonumber(ARGV[3])
local limit, demand, block = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local mine, others = own, 0
local stored = redis.call('HGETALL', KEYS[1])
for i = 1, #stored, 2 do
  local count = tonumber(stored[i + 1])
  if stored[i] ~= me then
    others = others + count
  elseif count > mine then
    mine = count
  end
end
if others < told then others = told end
local room = math.max(0, limit - mine - others)
local granted = math.min(demand, room)
if mine + others + block <= limit / 2 then granted = math.max(granted, math.min(block, room)) end
mine = mine + granted
if mine > 0 then
  redis.call('HSET', KEYS[1], me, mine)
  redis.call('PEXPIRE', KEYS[1], 90000000)
end
return { granted, mine, others }
`
