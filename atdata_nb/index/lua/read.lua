-- Answer one question about the index. ARGV: what is asked, and its arguments.
-- Returns whether keys have come or gone that this index did not write, and the answer.
local MOST = 1000 -- a command may have some thousand arguments, not more

local function rows(ids)
  local found = {}
  for first = 1, #ids, MOST do
    local last = math.min(first + MOST - 1, #ids)
    for _, row in ipairs(redis.call('HMGET', OWN .. 'entries', unpack(ids, first, last))) do
      found[#found + 1] = row
    end
  end
  return found
end

local function newest(names)
  local ids = {}
  for first = 1, #names, MOST do
    local last = math.min(first + MOST - 1, #names)
    for _, id in ipairs(redis.call('HMGET', OWN .. 'newest', unpack(names, first, last))) do
      ids[#ids + 1] = id or ''
    end
  end
  return ids
end

local function ids_of(name, version)
  local ids = {}
  local known = parts(redis.call('HGET', OWN .. 'versions', name) or '')
  for at = 1, #known, 3 do
    if version == nil or known[at] == version then ids[#ids + 1] = known[at + 1] end
  end
  return ids
end

local answer = {}

function answer.newest(name) return rows(newest({name})) end

function answer.version(name, version) return rows(ids_of(name, version)) end

function answer.versions(name)
  return {redis.call('HGET', OWN .. 'versions', name) or '', rows(ids_of(name))}
end

function answer.cid(cid)
  local last = redis.call(
    'ZREVRANGEBYLEX', OWN .. 'cids', '(' .. cid .. '\1', '[' .. cid .. '\0', 'LIMIT', 0, 1)[1]
  return rows(last and {string.sub(last, #cid + 2)} or {})
end

function answer.page(command, order, first, last)
  local names = redis.call(command, OWN .. order, first, last)
  return {redis.call('ZCARD', OWN .. 'names'), rows(newest(names))}
end

function answer.after(name, limit)
  local from = redis.call('ZRANGEBYLEX', OWN .. 'names', '(' .. name, '+', 'LIMIT', 0, limit)
  return rows(newest(from))
end

function answer.names(start, limit)
  return redis.call('ZRANGEBYLEX', OWN .. 'names', '[' .. start, '+', 'LIMIT', 0, limit)
end

function answer.count() return redis.call('ZCARD', OWN .. 'names') end

function answer.rows(...) return rows({...}) end

function answer.known(...) return redis.call('HMGET', OWN .. 'versions', ...) end

function answer.urls(...) return redis.call('HMGET', OWN .. 'urls', ...) end

-- For each word that entries must have, all postings of words that begin with it.
function answer.postings(...)
  local found = {redis.call('GET', OWN .. 'live') or ''}
  for _, word in ipairs({...}) do
    if #word <= 3 then
      found[#found + 1] = redis.call('GET', OWN .. 'start:' .. word) or ''
    else
      local all = {}
      for _, whole in ipairs(
          redis.call('ZRANGEBYLEX', OWN .. 'words', '[' .. word, '[' .. word .. '\255')) do
        all[#all + 1] = redis.call('GET', OWN .. 'word:' .. whole)
      end
      found[#found + 1] = table.concat(all)
    end
  end
  return found
end

-- Of each kind of facet, all records.
function answer.facets(...)
  local found = {}
  for _, kind in ipairs({...}) do
    found[#found + 1] = redis.call('GET', OWN .. 'facets:' .. kind) or ''
  end
  return found
end

function answer.facet_values(...) return redis.call('HMGET', OWN .. 'facet_values', ...) end

-- The numbers of all names in an order, one behind the other.
function answer.order(order)
  return table.concat(newest(redis.call('ZRANGE', OWN .. order, 0, -1)))
end

local function record(key)
  local found = redis.pcall('GET', key)
  return type(found) == 'string' and found
end

local function records(kind, members)
  local found = {}
  for _, member in ipairs(members) do
    local name, version = string.match(member, '^(.*)%z(.*)$')
    found[#found + 1] = member
    found[#found + 1] = record(kind .. ':' .. name .. '@' .. version)
  end
  return found
end

-- Of schemas or lenses: all of one name, one, or the next by name and version.
function answer.records(kind, name)
  return records(kind,
    redis.call('ZRANGEBYLEX', OWN .. kind, '[' .. name .. '\0', '(' .. name .. '\1'))
end

function answer.record(kind, name, version)
  return record(kind .. ':' .. name .. '@' .. version)
end

function answer.records_after(kind, member, limit)
  return records(kind,
    redis.call('ZRANGEBYLEX', OWN .. kind, '(' .. member, '+', 'LIMIT', 0, limit))
end

local state = redis.call('HMGET', OWN .. 'state', 'base', 'grown')
local expected = tonumber(state[1] or '-1') + tonumber(state[2] or '0')
local stale = (not state[1]) or expected ~= redis.call('DBSIZE')
return {stale and 1 or 0, answer[ARGV[1]](unpack(ARGV, 2))}
