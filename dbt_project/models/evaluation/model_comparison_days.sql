with days as (

    select dt, row_number() over (order by dt) as day_no
    from {{ ref('int_trading_days') }}
    where is_open

),

-- out of sample from the day after the last label that a model learned from was known
models as (

    select
        models.model_id,
        models.horizon,
        models.model_alias,
        (
            select count(*)
            from days
            where days.dt <= runs.data_cutoff
        ) + models.horizon + {{ var('entry_lag') }} as last_known_no
    from {{ ref('stg_ml__models') }} as models
    inner join {{ ref('stg_ml__runs') }} as runs on models.run_id = runs.run_id
    where models.model_alias in ('champion', 'challenger')

),

scored as (

    select model_id, ticker, dt, horizon, yhat, realised_return
    from {{ ref('preds_scored') }}
    where origin = 'live' and realised_return is not null

),

forecasts as (

    select
        models.model_alias,
        scored.*,
        days.day_no
    from scored
    inner join models on scored.model_id = models.model_id and scored.horizon = models.horizon
    inner join days on scored.dt = days.dt and models.last_known_no < days.day_no

),

paired as (

    select
        challenger.horizon,
        challenger.model_id as challenger_id,
        champion.model_id as champion_id,
        challenger.dt,
        challenger.day_no,
        challenger.yhat as challenger_yhat,
        champion.yhat as champion_yhat,
        champion.realised_return
    from forecasts as challenger
    inner join forecasts as champion
        on
            challenger.ticker = champion.ticker
            and challenger.dt = champion.dt
            and challenger.horizon = champion.horizon
            and champion.model_alias = 'champion'
    where challenger.model_alias = 'challenger'

),

daily as (

    select
        horizon,
        challenger_id,
        champion_id,
        dt,
        cast(day_no as bigint) as day_no,
        cast(count(*) as bigint) as n_names,
        {{ correlation('challenger_yhat', 'realised_return') }} as challenger_ic,
        {{ correlation('champion_yhat', 'realised_return') }} as champion_ic,
        avg(power(realised_return - challenger_yhat, 2)) as challenger_squared_error,
        avg(power(realised_return - champion_yhat, 2)) as champion_squared_error
    from paired
    group by horizon, challenger_id, champion_id, dt, day_no
    having count(*) >= {{ var('min_names') }}

)

select * from daily
