{{ config(materialized='view') }}

with explanations as (

    select * from {{ ref('stg_ml__explanations') }}

),

feature_docs as (

    select * from {{ ref('feature_docs') }}

),

ranked as (

    select
        explanations.*,
        feature = '(base)' as is_base,
        rank() over (
            partition by model_id, ticker, dt, horizon, feature = '(base)'
            order by abs(contribution) desc
        ) as contribution_rank
    from explanations

),

explained as (

    select
        ranked.model_id,
        ranked.ticker,
        ranked.dt,
        ranked.horizon,
        ranked.feature,
        feature_docs.feature_set,
        case
            when ranked.is_base then 'What the model says before any feature.'
            else feature_docs.description
        end as description,
        ranked.feature_value,
        ranked.contribution,
        cast(case when not ranked.is_base then ranked.contribution_rank end as bigint)
            as contribution_rank
    from ranked
    left join feature_docs on ranked.feature = feature_docs.feature

)

select * from explained
