-- Post token requests and count the answers that are not what a token request deserves.
--
-- Arguments after "--":  the form body, then optionally the number of applications to rotate over (0: none)
-- and "random" or "turns". A body that rotates holds the mark APPLICATION where the client_id goes.
-- Prints one line that starts with "RESULT " and is followed by JSON.

local threads = {}

function setup(thread)
   table.insert(threads, thread)
end

function init(args)
   wrong = 0
   local body = args[1]
   local count = tonumber(args[2] or "0")
   wrk.method = "POST"
   wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
   if count == 0 then
      local message = wrk.format(nil, nil, nil, body)
      request = function() return message end
      return
   end
   local at, till = string.find(body, "APPLICATION", 1, true)
   local before, after = string.sub(body, 1, at - 1), string.sub(body, till + 1)
   local random = args[3] == "random"
   local turn = 0
   request = function()
      if random then turn = math.random(1, count) else turn = turn % count + 1 end
      return wrk.format(nil, nil, nil, before .. string.format("be0c4%027d", turn) .. after)
   end
end

function response(status, headers, body)
   if status ~= 200 or not string.find(body, '"access_token":"ey', 1, true) then
      wrong = wrong + 1
   end
end

function done(summary, latency, requests)
   local wrong = 0
   for _, thread in ipairs(threads) do
      wrong = wrong + thread:get("wrong")
   end
   local errors = summary.errors
   io.write(string.format(
      'RESULT {"requests": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f, "wrong": %d, "broken": %d}\n',
      summary.requests, summary.duration / 1e6,
      latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, wrong,
      errors.connect + errors.read + errors.write + errors.timeout))
end
