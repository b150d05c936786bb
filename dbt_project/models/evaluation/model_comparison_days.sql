with days as (

    select dt, row_number() over (order by dt) as day_no
    from {{ ref('int_trading_days') }}
    where is_open

),

models as (

    select model_id, horizon, model_alias
    from {{ ref('stg_ml__models') }}
    where model_alias in ('champion', 'challenger')

),

forecasts as (

    select
        models.model_alias,
        scored.model_id,
        scored.ticker,
        scored.dt,
        scored.horizon,
        scored.yhat,
        scored.realised_return,
        days.day_no
    from {{ ref('preds_scored') }} as scored
    inner join models on scored.model_id = models.model_id and scored.horizon = models.horizon
    inner join days on scored.dt = days.dt
    where
        scored.origin = 'live'
        and scored.is_out_of_sample
        and scored.realised_return is not null

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
