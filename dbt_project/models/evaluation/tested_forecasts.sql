-- depends_on: {{ ref('stg_ml__cv_preds') }}, {{ ref('explained_preds') }}
-- depends_on: {{ ref('daily_ic') }}, {{ ref('quantile_returns') }}
{{ config(materialized='incremental', incremental_strategy='append') }}

with stamps as (

    select max(created_at) as forecast_at from {{ ref('stg_ml__preds') }}
    union all
    select max(created_at) as forecast_at from {{ ref('stg_ml__preds_log') }}
    union all
    select max(created_at) as forecast_at from {{ ref('stg_ml__explanations') }}
    union all
    select max(finished_at) as forecast_at from {{ ref('stg_ml__runs') }}

),

newest as (

    select
        max(forecast_at) as forecast_at,
        (select max(changed_at) from {{ ref('labels') }}) as changed_at
    from stamps

)

select * from newest
{% if is_incremental() -%}
where
    forecast_at > (select coalesce(max(forecast_at), timestamp '0001-01-01') from {{ this }})
    or changed_at > {{ newest_change_in(this) }}
{%- endif %}
