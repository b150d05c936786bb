{% set n_blocks = 10 %}
with blocks as (

    select * from {{ ref('trial_blocks') }}

),

-- a bit for each block: 1 is in sample
divisions as (

    select division
    from generate_series(0, {{ 2 ** n_blocks - 1 }}) as numbers (division)
    where
        {% for block in range(n_blocks) -%}
        ((division >> {{ block }}) & 1){{ ' +' if not loop.last }}
        {% endfor -%}
        = {{ n_blocks // 2 }}

),

halves as (

    select
        blocks.horizon,
        divisions.division,
        blocks.run_id,
        (divisions.division >> blocks.block_no) & 1 as is_inside,
        sum(blocks.n_periods) as n_periods,
        sum(blocks.sum_spread) as sum_spread,
        sum(blocks.sum_squares) as sum_squares
    from blocks
    cross join divisions
    group by blocks.horizon, divisions.division, blocks.run_id, is_inside

),

ratios as (

    select
        horizon,
        division,
        run_id,
        max(case when is_inside = 1 then {{ sharpe_of_sums() }} end) as inside,
        max(case when is_inside = 0 then {{ sharpe_of_sums() }} end) as outside
    from halves
    group by horizon, division, run_id

),

ranked as (

    select
        ratios.*,
        row_number() over (
            partition by horizon, division order by inside desc, run_id asc
        ) as inside_place,
        {{ average_rank('outside', by=['horizon', 'division']) }} as outside_rank,
        count(*) over (partition by horizon, division) as n_trials
    from ratios

),

overfitting as (

    select
        horizon,
        cast(max(n_trials) as bigint) as n_compared,
        cast(count(*) as bigint) as n_divisions,
        avg(case when outside_rank * 2 <= n_trials + 1 then 1 else 0 end) as pbo
    from ranked
    where inside_place = 1 and n_trials > 1
    group by horizon

),

final as (

    select
        horizon,
        n_compared,
        n_divisions,
        cast(pbo as double precision) as pbo
    from overfitting

)

select * from final
