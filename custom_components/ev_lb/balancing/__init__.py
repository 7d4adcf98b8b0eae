"""The balancing core: decides, and does nothing else.

Standard library only: no clock, no logging, no I/O, no Home Assistant. The shell calls
`decide(settings, state, inputs, now)` and carries out what comes back. `balancer.py` has the
order of all rules, `state.py` the records, `model.py` what crosses the line.

    meter/     when the meter says what           allocate/   what fits, and who gets it
    estimate/  what the cars and the house draw   increases/  what keeps a charger from more
    supervise/ who follows: what its commands should show, what they did, what is done about it

Which event changes which record. A record is changed by its own handlers alone (`on_...`, here
without the `on_`), and these are called from the files beside the event.

    reading  the meter says something          balancer · per_limit · house_load · evidence ·
                                               phase_order · telling_again · wiring
    time     each decision: a wait is over,    balancer · commanding · house_load · unused_share ·
             a rule looks again                compliance · escalation · failing · probes ·
                                               phase_order · polarity · telling_again · evidence ·
                                               wiring · read_back · manual_limit
    sensor   a charger's sensors, number say   balancer · wiring · read_back · manual_limit
    sent     a command, or another target      commanding
    came     it was delivered, or failed       balancer · failing
    forced   house or lost meter takes away    balancer · commanding
    user     a switch, a number, a limit       balancer · switching
    outage   the meter is lost, or is back     balancer · commanding · availability ·
                                               probes · polarity
    restart  a new run makes the record anew   memory

    Meter         reading: inputs understood · outage: found_out unseeing · time: seeing tried_again
    MeterTiming   reading: report cut_shown start_shown · outage: silence · restart
    HouseLoad     reading: reading cut_shown · time: at_least standing exported ·
                  user: switched · outage: outage · restart
    Gain          reading: shown
    Deadband      time: overload
    Overloads     time: over
    SiteProbe     time: asked escalated ended blind exporting
    Setpoints     reading: reading confirmed · time: without_effect · sent: sent ·
                  came: delivered failed · user: switched_on · restart
    Wiring        reading: shown doubted · sensor: measured not_measured ·
                  time: time over doubted not_measured · user: layout · restart
    PhaseOrder    reading: agreed contradicted · sensor: sensed ·
                  time: agreed contradicted doubted · user: layout · restart
    Polarity      time: told reading cut_shown asked right wrong acquitted ·
                  outage: untold · user: untold
    ChargerSensor sensor: report · reading: contradicted
    Evidence      reading: raise_confirmed left seen_by_meter cut_ended draw_lost ·
                  time: raise_confirmed draw_lost · sent: sent ·
                  user: switched · outage: lost · restart
    Compliance    time: flagged followed repeat risen start_exceeded start_shown
                  start_followed time · sent: start · user: switched · restart
    ReadBackRecord sensor: report · sent: sent · time: agreed told exceeding · user: switched
    ChargerCeiling time: time found lifted · user: lifted
    ManualLimit   sensor: set more_set · time: set more_set let_go car not_followed · restart
    Escalation    time: step spared repeat over within · user: within
    Failing       time: given_up time · came: increase_delivered
    TellingAgain  reading: short · time: short told drawing reset · user: drawing
    Probe         reading: answered · time: asked proven unaskable escalated ended given_back ·
                  user: ended
    UserLimit     time: time · user: set · restart
    UnusedShare   time: draw
    Hold          forced: forced_cut · restart
    StartBudget   time: room · sent: start · forced: stop · user: user · restart
    BackOff       time: house · sent: raise · forced: cut · user: user
    Allocation    time: plan · sent: resumed · forced: forced_stop · user: switched_on · restart
"""
