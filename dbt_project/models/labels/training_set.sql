-- depends_on: {{ ref('tested_builds') }}
with features as (

    select * from {{ ref('features') }}

),

labels as (

    select * from {{ ref('labels') }}

),

members as (

    select
        features.*,
        {% for horizon in var('horizons') %}
        labels.label_ret_{{ horizon }}d,
        labels.label_excess_{{ horizon }}d,
        labels.label_sector_{{ horizon }}d,
        labels.label_rank_{{ horizon }}d,
        labels.label_end_dt_{{ horizon }}d{% if not loop.last %},{% endif %}
        {% endfor %}
    from features
    inner join labels on features.ticker = labels.ticker and features.dt = labels.dt
    where labels.is_member

)

select * from members
